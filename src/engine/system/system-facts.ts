import type { SystemFacts } from '../../contract/system-facts.ts'
import { DEMO_ACTOR } from '../../core/demo-actor.ts'
import { systemRow } from '../../storage/reports/system.ts'
import { catalogsInForce } from '../../storage/tables/catalogs.ts'
import { outboxLeft } from '../../storage/tables/outbox.ts'
import type { Context } from '../context.ts'
import { version } from '../generated/version.ts'

const MOST_COUNTED = 10_000

/** The setup of this installation, as far as the answering process knows it. */
export const systemFacts = async (ctx: Context): Promise<SystemFacts> => {
  const { db, billing, node, outbound, channels, recorder, catalog } = ctx
  const [store, catalogs, stripe] = await Promise.all([
    systemRow(db, { most: MOST_COUNTED, demoActor: DEMO_ACTOR }),
    catalogsInForce(db),
    outboxLeft(db),
  ])
  const pricesOf = new Map(
    catalog.catalogs.map(({ key, modelPrices }) => [key, modelPrices.length]),
  )
  return {
    at: ctx.clock.now().toISOString(),
    version,
    store: { kind: db.kind, version: store.store_version },
    schema: { migration: store.migration, appliedAt: store.applied_at.toISOString() },
    catalogs: catalogs.map((one) => ({
      catalog: one.catalog,
      version: one.version,
      since: one.created_at.toISOString(),
      modelPrices: pricesOf.get(one.catalog) ?? 0,
    })),
    configured: {
      stripe: billing.collector !== undefined,
      redis: node.hasRedis,
      journal: recorder.isJournaled,
      webhooks: outbound.delivers,
      mail: outbound.delivers && channels.mail !== undefined,
    },
    isDemo: store.demo,
    queues: {
      calls: recorder.length,
      stripe,
      events: store.events,
      deliveries: store.deliveries,
    },
  }
}
