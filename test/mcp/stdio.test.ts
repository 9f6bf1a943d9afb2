import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TOOLS } from '../../src/mcp/tools.ts'
import type { RunningServer } from '../cli/run-bin.ts'
import { printedBy, runCommand, runningServers, SLOW } from '../cli/run-command.ts'
import { NODE_ARGUMENTS } from '../setup/node-arguments.ts'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import { type Assistant, assistantOf } from './assistants.ts'

/** The installed program. It runs the built files. */
const BIN = fileURLToPath(new URL('../../bin/tollgate.js', import.meta.url))
const ADMIN_KEY = 'the-admin-key-of-assistants'
const env = { TOLLGATE_ADMIN_KEY: ADMIN_KEY, TOLLGATE_MCP: 'write' }
const data = join(temporaryFolders()(), 'data')
const startServer = runningServers()

const opened: Assistant[] = []
afterAll(() => Promise.all(opened.map((one) => one.close())))

/** An assistant that starts the program like real products, with the program's other output. */
const started = async (args: readonly string[], given: Record<string, string> = {}) => {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [...NODE_ARGUMENTS, BIN, 'mcp', ...args],
    env: { PATH: process.env.PATH ?? '', ...given },
    stderr: 'pipe',
  })
  let said = ''
  transport.stderr?.on('data', (part: Buffer) => {
    said += part.toString()
  })
  const wrong: Error[] = []
  const client = new Client({ name: 'test', version: '1' })
  // The client reports anything on stdout that is no protocol message as an error.
  client.onerror = (error) => wrong.push(error)
  await client.connect(transport)
  const assistant = assistantOf(client)
  opened.push(assistant)
  return { assistant, wrong, said: () => said }
}

const INPUT = { organizationId: 'acme', credits: 5, reason: 'to try' }

describe('tollgate mcp', SLOW, () => {
  let server: RunningServer
  beforeAll(async () => {
    const acme = JSON.stringify({ id: 'acme', name: 'Acme', plan: 'api-platform/free' })
    const catalog = ['--catalog', 'api-platform']
    await printedBy(['call', 'organizations.create', acme, '--data', data, ...catalog])
    server = await startServer(['--data', data, ...catalog], env)
  }, 120_000)

  it("gives an assistant a server's reading tools, with the server's answers", async () => {
    const given = { TOLLGATE_URL: server.url, TOLLGATE_KEY: ADMIN_KEY }
    const { assistant, wrong, said } = await started([], given)
    const reading = TOOLS.filter(({ writes, previews }) => !writes && !previews).map(
      ({ name }) => name,
    )
    expect((await assistant.list()).map(({ name }) => name)).toEqual(reading)
    const { answer } = await assistant.call('get_usage', { organizationId: 'acme' })
    const input = '{"organizationId":"acme"}'
    const asked = await printedBy(['call', 'usage.current', input, '--url', server.url], env)
    expect({ ...answer.result, at: '' }).toEqual({ ...JSON.parse(asked), at: '' })
    const refused = await assistant.call('grant_credits', { ...INPUT, idempotencyKey: 'no' })
    expect([refused.isError, refused.answer.error.code]).toEqual([true, 'forbidden'])
    const nobody = await assistant.call('get_usage', { organizationId: 'nobody' })
    expect([nobody.isError, nobody.answer.error.code]).toEqual([true, 'not_found'])
    expect([wrong, said()]).toEqual([[], ''])
  })

  it('reports a wrong key at the start, and where to set it', async () => {
    const wrong = await runCommand(['mcp', '--url', server.url], { TOLLGATE_KEY: 'tg_of-nobody' })
    expect([wrong.code, wrong.stdout]).toEqual([1, ''])
    expect(wrong.stderr).toContain('is wrong, revoked or expired')
    const none = await runCommand(['mcp', '--url', server.url])
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('set TOLLGATE_KEY')])
    const nowhere = await runCommand(['mcp', '--url', 'http://127.0.0.1:9'], { TOLLGATE_KEY: 'x' })
    expect([nowhere.code, nowhere.stderr]).toEqual([
      1,
      expect.stringContaining('the server cannot be reached'),
    ])
  })

  it('works on a database alone, and writes if enabled', async () => {
    await server.stop()
    const { assistant, wrong } = await started(['--data', data, '--write'])
    expect((await assistant.list()).map(({ name }) => name)).toEqual(TOOLS.map(({ name }) => name))
    const given = await assistant.call('grant_credits', { ...INPUT, idempotencyKey: 'one' })
    expect([given.isError, given.answer.replayed]).toEqual([false, false])
    expect(wrong).toEqual([])
    await assistant.close()
    const filter = JSON.stringify({ organizationId: 'acme', actor: 'mcp:cli' })
    const { items } = JSON.parse(await printedBy(['call', 'audit.list', filter, '--data', data]))
    expect(items.map(({ action }: { action: string }) => action).sort()).toEqual([
      'grant.created',
      'mcp.called',
    ])
  })
})
