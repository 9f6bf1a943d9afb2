import { beforeAll, expect, it } from 'vitest'
import { operations } from '../../src/operations/index.ts'
import { describeOnAnyDatabase } from './any-database.ts'
import type { RunningServer } from './run-bin.ts'
import { printedBy, runCommand, runningServers } from './run-command.ts'

const env = { TOLLGATE_ADMIN_KEY: 'the-admin-key-of-calls' }
const startServer = runningServers()

describeOnAnyDatabase('tollgate call', (at) => {
  let server: RunningServer
  beforeAll(async () => {
    const acme = JSON.stringify({ id: 'acme', name: 'Acme', plan: 'api-platform/free' })
    const catalog = ['--catalog', 'api-platform']
    await printedBy(['call', 'organizations.create', acme, ...at(), ...catalog])
    server = await startServer([...at(), ...catalog], env)
  })

  it('calls a verb on a server and prints its answer', async () => {
    const input = JSON.stringify({ organizationId: 'acme', eventType: 'api_call', id: 'one' })
    const printed = await printedBy(['call', 'track', input, '--url', server.url], env)
    expect(JSON.parse(printed)).toMatchObject({ allowed: true, replayed: false })
    const history = await printedBy(
      ['call', 'usage.export', '{"organizationId":"acme"}', '--url', server.url],
      env,
    )
    expect(
      history
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual(['one'])
  })

  it('lists every operation if none is named', async () => {
    const lines = (await printedBy(['call'])).trim().split('\n')
    expect(lines.map((line) => line.split(' ')[0])).toEqual(operations.map(({ name }) => name))
  })

  it('suggests the nearest operation for an unknown name', async () => {
    const { code, stderr } = await runCommand(['call', 'member.list'])
    expect(code).toBe(1)
    expect(stderr).toContain('There is no operation member.list; did you mean members.list?')
  })

  it('refuses input that is not a JSON object, and a role on top of a key', async () => {
    const wrong = await runCommand(['call', 'members.list', 'acme'])
    expect([wrong.code, wrong.stderr]).toEqual([
      1,
      expect.stringContaining('must be a JSON object'),
    ])
    const args = ['call', 'members.list', '{}', '--url', server.url, '--role', 'owner']
    const role = await runCommand(args, env)
    expect([role.code, role.stderr]).toEqual([
      1,
      expect.stringContaining('--role is not for --url'),
    ])
  })

  it('is limited to a role, like every other caller', async () => {
    await server.stop()
    const closing = ['call', 'organizations.close', '{"organizationId":"acme"}', ...at()]
    const { code, stderr } = await runCommand([...closing, '--role', 'viewer'])
    expect(code).toBe(1)
    expect(stderr).toContain('A member with the role viewer may not do that.')
    expect(JSON.parse(await printedBy([...closing, '--role', 'owner']))).toMatchObject({
      id: 'acme',
      status: 'closed',
    })
  })
})
