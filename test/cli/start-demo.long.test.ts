import { expect, it } from 'vitest'
import { describeOnAnyDatabase } from './any-database.ts'
import { printedBy, runningServers, SLOW } from './run-command.ts'

const startServer = runningServers()

const currentUsage = (url: string, key: string, organizationId: string) =>
  fetch(`${url}/api/usage/current?organizationId=${organizationId}`, {
    headers: { authorization: `Bearer ${key}` },
  })

describeOnAnyDatabase('tollgate start --demo on a new database', (at) => {
  it('fills it with all that the demo is', SLOW, async () => {
    const env = { TOLLGATE_ADMIN_KEY: 'of-the-demo' }
    const server = await startServer([...at(), '--demo'], env)
    const { status } = await currentUsage(server.url, 'of-the-demo', 'northlight')
    expect(await server.stop()).toBe(0)
    expect(status).toBe(200)
    // What was filled in at the start is what is to be filled in: of its last month nothing is left.
    const printed = await printedBy(['demo', '--days', '30', ...at()])
    expect(printed).toMatch(/^0 events added, [\d,]{5,} events there before$/m)
  })
})

describeOnAnyDatabase('tollgate start --demo on a database with traffic of its own', (at) => {
  it('leaves it unchanged, and shows no configured key', SLOW, async () => {
    const env = { TOLLGATE_ADMIN_KEY: 'own-and-secret' }
    const first = await startServer([...at()], env)
    const post = async (path: string, body: object) =>
      (
        await fetch(`${first.url}${path}`, {
          method: 'POST',
          headers: { authorization: 'Bearer own-and-secret', 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
      ).status
    const own = { id: 'own', name: 'Own', plan: 'api-platform/enterprise' }
    expect(await post('/api/organizations', own)).toBe(201)
    expect(await post('/api/usage/track', { organizationId: 'own', eventType: 'api_call' })).toBe(
      200,
    )
    expect(await first.stop()).toBe(0)

    const server = await startServer([...at(), '--demo'], env)
    const { status } = await currentUsage(server.url, 'own-and-secret', 'northlight')
    expect(await server.stop()).toBe(0)
    expect(status).toBe(404)
    // The line with the variable works as well.
    const { stdout } = server.output()
    expect(stdout).not.toContain('own-and-secret')
    expect(stdout).toContain('Admin key   the one in TOLLGATE_ADMIN_KEY')
    expect(stdout).toContain('"authorization: Bearer $TOLLGATE_ADMIN_KEY"')
  })
})
