import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import type { RunningServer } from './run-bin.ts'
import { printedBy, runCommand, runningServers, SLOW } from './run-command.ts'

const adminKey = 'keys-admin'
const data = join(temporaryFolders()(), 'data')
const startServer = runningServers()
let server: RunningServer

const call = (path: string, key: string, body?: object) =>
  fetch(`${server.url}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })

const start = async (): Promise<void> => {
  server = await startServer(['--data', data], { TOLLGATE_ADMIN_KEY: adminKey })
}

beforeAll(async () => {
  await start()
  const acme = { id: 'acme', name: 'Acme', plan: 'api-platform/pro' }
  expect((await call('/api/organizations', adminKey, acme)).status).toBe(201)
})

describe('tollgate keys create', SLOW, () => {
  it('creates a key on a running server that opens only its organization', async () => {
    const printed = await printedBy(
      ['keys', 'create', '--url', server.url, '--organization', 'acme', '--name', 'ci', '--json'],
      { TOLLGATE_ADMIN_KEY: adminKey },
    )
    const { id, key, ...rest } = JSON.parse(printed)
    expect(rest).toEqual({})
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    const own = await call('/api/usage/current', key)
    expect(own.status).toBe(200)
    expect(await own.json()).toMatchObject({ organizationId: 'acme' })
    expect((await call('/api/organizations/other', key)).status).toBe(404)
  })

  it('explains how to use the server that holds the folder', async () => {
    const args = ['keys', 'create', '--data', data, '--organization', 'acme', '--name', 'ci']
    const { code, stderr } = await runCommand(args)
    expect(code).toBe(1)
    expect(stderr).toMatch(new RegExp(`in use by process ${server.pid},.*\\n.*--url`))
  })

  it('creates keys in the database of a stopped server', async () => {
    await server.stop()
    const args = ['keys', 'create', '--data', data, '--name', 'ops']
    const ofAcme = await runCommand([...args, '--organization', 'acme'])
    const ofAdmin = await printedBy([...args, '--admin'])
    const past = await runCommand([...args, '--admin', '--expires', '2020-01-01'])
    expect(past).toMatchObject({ code: 1, stdout: '' })
    expect(past.stderr).toBe('expiresAt: must be in the future\n')
    await start()
    // Only the key is on stdout, so that a script can read it.
    expect(ofAcme.stdout).toMatch(/^tg_[\w-]+\n$/)
    expect((await call('/api/usage/current', ofAcme.stdout.trim())).status).toBe(200)
    expect((await call('/api/usage/current?organizationId=acme', ofAdmin.trim())).status).toBe(200)
  })

  it('refuses an unknown organization', async () => {
    const { code, stdout, stderr } = await runCommand([
      ...['keys', 'create', '--url', server.url, '--key', adminKey],
      ...['--organization', 'nobody', '--name', 'ci'],
    ])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe('There is no organization nobody.\n')
  })

  it('requires an organization', async () => {
    const neither = await runCommand(['keys', 'create', '--name', 'ci'])
    const both = await runCommand([
      'keys',
      'create',
      '--name',
      'ci',
      '--admin',
      '--organization',
      'a',
    ])
    for (const { code, stderr } of [neither, both]) {
      expect(code).toBe(1)
      expect(stderr).toContain('--organization with its id, or --admin')
    }
  })
})

describe('tollgate service-keys', SLOW, () => {
  const env = { TOLLGATE_ADMIN_KEY: adminKey }
  const run = (...args: string[]) => runCommand(['service-keys', ...args], env)

  it('creates, lists, rotates and revokes service keys on a running server', async () => {
    const place = ['--url', server.url]
    const made = await run('create', ...place, '--name', 'ci', '--scopes', 'usage.read,gate.use')
    expect(made.stdout).toMatch(/^tgsvc_[\w-]{32}\n$/)
    const [, id = ''] = /^Service key (\S+), for every organization,/.exec(made.stderr) ?? []
    const use = async (key: string) =>
      (await call('/api/usage/current?organizationId=acme', key.trim())).status
    expect(await use(made.stdout)).toBe(200)
    const rotated = await run('rotate', id, ...place, '--overlap-seconds', '0', '--json')
    const { id: newId, key } = JSON.parse(rotated.stdout)
    expect([await use(made.stdout), await use(key)]).toEqual([401, 200])
    expect(await run('revoke', newId, ...place)).toMatchObject({ code: 0, stdout: '' })
    expect(await use(key)).toBe(401)
    const listed = await run('list', ...place)
    const lines = listed.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { id: newId, revokedAt: expect.any(String) },
      { id, replacedBy: newId, scopes: ['usage.read', 'gate.use'] },
    ])
    expect(listed.stdout).not.toContain(key)
  })

  it('works on the database of a stopped server, and explains how to use a running one', async () => {
    const args = ['--data', data, '--name', 'ci', '--scopes', 'gate.use']
    const { code, stderr } = await run('create', ...args)
    expect(code).toBe(1)
    expect(stderr).toMatch(/in use by process .*\n.*--url/)
    await server.stop()
    const made = await run('create', ...args)
    await start()
    const track = { organizationId: 'acme', eventType: 'api_call' }
    expect((await call('/api/usage/track', made.stdout.trim(), track)).status).toBe(200)
  })

  it('refuses an unknown scope, and lists the known ones', async () => {
    const { code, stderr } = await run('create', '--name', 'ci', '--scopes', 'gate.use,admin')
    expect(code).toBe(1)
    expect(stderr).toContain('There is no scope admin: gate.use, usage.record, usage.read,')
  })
})

describe('a short admin key', SLOW, () => {
  it('causes a warning at the start that does not repeat it', () => {
    const { stderr } = server.output()
    expect(stderr).toContain('warning: TOLLGATE_ADMIN_KEY has fewer than 16 characters')
    expect(stderr).not.toContain(adminKey)
  })
})
