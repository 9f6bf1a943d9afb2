import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
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
