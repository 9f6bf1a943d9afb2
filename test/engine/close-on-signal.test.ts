import { beforeAll, expect, it } from 'vitest'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { childProcesses } from '../setup/child-process.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

const HOST = new URL('signalled-host.mjs', import.meta.url)

describeOnPostgres('a host that closes on a signal', (open, url) => {
  const start = childProcesses()
  beforeAll(async () => {
    const tollgate = await createTollgate({ database: { url: url() } })
    await tollgate.organizations.create({
      id: 'host',
      name: 'Host',
      plan: 'rag-chatbot/enterprise',
    })
    await tollgate.close()
  })

  it('answers open requests, writes queued events, and exits with 0', async () => {
    const host = start(HOST, url())
    const port = await host.next()
    const answer = fetch(`http://127.0.0.1:${port}/`)
    expect(await host.next()).toBe('asked')
    host.process.kill('SIGTERM')
    expect(await (await answer).text()).toBe('answered')
    expect(await host.ended).toBe(0)
    const db = await open()
    const rows = await db.query(`select 1 from tollgate.events where organization_id = 'host'`)
    expect(rows).toHaveLength(50)
  })

  it('exits at once with 1 after a second signal', async () => {
    const host = start(HOST, url(), 'stuck')
    await host.next()
    host.process.kill('SIGTERM')
    // Within half a second, two signals count as one.
    const again = setInterval(() => host.process.kill('SIGTERM'), 100)
    expect(await host.ended).toBe(1)
    clearInterval(again)
  })
})
