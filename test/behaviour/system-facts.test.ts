import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { DEMO_ACTOR } from '../../src/core/demo-actor.ts'
import { migrations } from '../../src/storage/generated/sql.ts'
import { describeTollgate } from './describe-tollgate.ts'

describeTollgate('the system report', (subject) => {
  it('contains the versions, the catalogs in force and the configuration', async () => {
    const { tollgate, db } = subject()
    const facts = await tollgate.system.get()
    const manifest = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
    expect(facts.version).toBe(JSON.parse(manifest).version)
    const [server] = await db.query<{ version: string }>('select version()', [])
    expect(server?.version).toContain(`PostgreSQL ${facts.store.version.split(' ')[0]}`)
    expect(facts.store.kind).toBe(db.kind)
    expect(facts.isDemo).toBe(false)
    expect(facts.schema.migration).toBe(migrations.at(-1)?.name)
    expect(facts.configured).toEqual({
      stripe: false,
      redis: false,
      journal: false,
      webhooks: false,
      mail: false,
    })
    const inForce = await tollgate.catalog.inForce()
    expect(facts.catalogs.map(({ catalog, version, since }) => [catalog, version, since])).toEqual(
      inForce.map(({ catalog, version, createdAt }) => [catalog, version, createdAt]),
    )
    for (const { catalog, modelPrices } of facts.catalogs) {
      const set = await tollgate.catalog.modelPrices.list()
      expect(modelPrices).toBe(set.filter((price) => price.catalog === catalog).length)
    }
  })

  it('marks demo data while an organization of the demo is open', async () => {
    const { tollgate, engine } = subject()
    const isDemo = async () => (await tollgate.system.get()).isDemo
    const made = { id: 'made-by-the-demo', name: 'Made by the demo', plan: 'api-platform/pro' }
    // Only the engine's own process can name the actor.
    await engine.organizations.create(made, { actor: DEMO_ACTOR })
    expect(await isDemo()).toBe(true)
    await tollgate.organizations.close({ organizationId: made.id })
    expect(await isDemo()).toBe(false)
  })

  it('counts events that wait for delivery', async () => {
    const { tollgate, db, organization } = subject()
    await organization('api-platform/pro')
    const { queues } = await tollgate.system.get()
    const [untold] = await db.query<{ events: bigint }>(
      'select count(*) as events from tollgate.domain_events where fanned_out_at is null',
      [],
    )
    expect(queues).toEqual({ calls: 0, stripe: 0, events: Number(untold?.events), deliveries: 0 })
    expect(queues.events).toBeGreaterThan(0)
  })
})
