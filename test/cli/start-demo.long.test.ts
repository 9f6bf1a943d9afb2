import { expect, it } from 'vitest'
import { describeOnAnyDatabase } from './any-database.ts'
import { printedBy, runningServers, SLOW } from './run-command.ts'

const startServer = runningServers()

describeOnAnyDatabase('tollgate start --demo on a new database', (at) => {
  it('fills it with all that the demo is', SLOW, async () => {
    const env = { TOLLGATE_ADMIN_KEY: 'of-the-demo' }
    const server = await startServer([...at(), '--demo'], env)
    const { status } = await fetch(`${server.url}/api/usage/current?organizationId=northlight`, {
      headers: { authorization: 'Bearer of-the-demo' },
    })
    expect(await server.stop()).toBe(0)
    expect(status).toBe(200)
    // What was filled in at the start is what is to be filled in: of its last month nothing is left.
    const printed = await printedBy(['demo', '--days', '30', ...at()])
    expect(printed).toMatch(/^0 events added, [\d,]{5,} events there before$/m)
  })
})
