import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolders } from '../setup/temporary-folder.ts'
import type { RunningServer } from './run-bin.ts'
import { printedBy, runCommand, runningServers, SLOW } from './run-command.ts'

const TOLLGATE_ADMIN_KEY = 'workflows-admin'
const folder = temporaryFolders()()
const startServer = runningServers()

const MODULE = `
  const hold = ({ wait }) => wait({ on: ['catalog.applied'] })
  export default [{ name: 'holding', version: '1', steps: [{ name: 'hold', do: hold }] }]
`

describe('tollgate workflows', SLOW, () => {
  let server: RunningServer
  let module = ''
  const run = async (...args: readonly string[]) =>
    JSON.parse(await printedBy(['workflows', ...args, '--url', server.url], { TOLLGATE_ADMIN_KEY }))

  beforeAll(async () => {
    module = join(folder, 'workflows.mjs')
    await writeFile(module, MODULE)
    const args = ['--data', join(folder, 'data'), '--workflows', module]
    server = await startServer(args, { TOLLGATE_ADMIN_KEY })
  })

  it("starts a module's workflow, shows the run, and controls it to its end", async () => {
    const { id, state } = await run('start', 'holding', '--input', '{"a":1}', '--id', 'once')
    expect(['running', 'waiting']).toContain(state)
    expect((await run('start', 'holding', '--input', '{"a":1}', '--id', 'once')).id).toBe(id)
    expect(await run('pause', id, '--reason', 'a look')).toMatchObject({ id, state: 'paused' })
    expect(await run('list', '--state', 'paused')).toMatchObject({ id, workflow: 'holding' })
    expect(await run('show', id)).toMatchObject({ id, input: { a: 1 }, known: true })
    expect(['running', 'waiting']).toContain((await run('resume', id)).state)
    expect((await run('rollback', id)).direction).toBe('undo')
  })

  it('reports an error with a sentence', async () => {
    const env = { TOLLGATE_ADMIN_KEY }
    const none = await runCommand(['workflows', 'start', 'none', '--url', server.url], env)
    expect(none).toMatchObject({ code: 1, stdout: '' })
    expect(none.stderr).toMatch(/must be one that this process knows \(holding\)/)
    const start = ['start', '--data', join(folder, 'other'), '--workflows', folder]
    expect((await runCommand(start)).stderr).toMatch(/^--workflows /)
  })

  it('starts a run in the database for a server to continue later', async () => {
    const data = ['--data', join(folder, 'stopped')]
    await printedBy(['migrate', ...data])
    const input = JSON.stringify({ name: 'Acme', plan: 'rag-chatbot/trial', credits: 5 })
    const args = ['workflows', 'start', 'trial_onboarding', '--organization', 'acme', ...data]
    const { id, state } = JSON.parse(await printedBy([...args, '--input', input]))
    expect(state).toBe('running')
    const shown = JSON.parse(await printedBy(['workflows', 'show', id, ...data]))
    expect(shown).toMatchObject({ organizationId: 'acme', startedBy: 'cli', underWay: false })
  })
})
