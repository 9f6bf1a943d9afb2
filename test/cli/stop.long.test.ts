import { expect, it } from 'vitest'
import { eventually } from '../setup/eventually.ts'
import { describeOnAnyDatabase } from './any-database.ts'
import { runningBins } from './run-bin.ts'

const startBin = runningBins()

describeOnAnyDatabase('a stop behind a load balancer', (at) => {
  it('reports not ready, serves a while longer, and logs its steps', async () => {
    const server = await startBin([...at(), '--drain', '2'])
    const readiness = async () => (await fetch(`${server.url}/readyz`)).status
    expect(await readiness()).toBe(200)
    const ended = server.stop()
    await eventually(async () => expect(await readiness()).toBe(503))
    // Sent while the server is no longer ready.
    const { status, headers } = await fetch(`${server.url}/openapi.json`)
    expect([status, headers.get('connection')]).toEqual([200, 'close'])
    expect(await ended).toBe(0)
    const said = server.output().stderr
    expect(said).toMatch(/Stopping: \/readyz answers 503, and serving continues for 2 s/)
    expect(said).toMatch(/Stopping: no new connections/)
    expect(said).toMatch(/Stopped: everything that was accepted is written\.\n$/)
  })

  it('is immediate after a second signal', async () => {
    const server = await startBin([...at(), '--drain', '3600'])
    const ended = server.stop('SIGINT')
    await eventually(() => expect(server.output().stderr).toContain('Press Ctrl-C again'))
    // Two simultaneous signals count as one, so this repeats it until it counts as a second.
    const again = setInterval(() => void server.stop('SIGINT'), 200)
    expect(await ended).toBe(1)
    clearInterval(again)
  })
})
