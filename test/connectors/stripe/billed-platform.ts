import type Stripe from 'stripe'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import { createTollgate } from '../../../src/engine/create-tollgate.ts'
import type { TollgateOptions } from '../../../src/engine/options.ts'
import type { Database } from '../../../src/storage/database.ts'
import { type TestClock, testClock } from '../../../src/testing/index.ts'
import { SECRET_KEY, sdkFor } from './sdk.ts'
import {
  openStripeStandIn,
  type StripeItem,
  type StripeStandIn,
  WEBHOOK_SECRET,
} from './stand-in.ts'

/** A platform that sells `api-platform/pro` and collects overage at a Stripe stand-in. */
export interface BilledPlatform {
  readonly clock: TestClock
  readonly standIn: StripeStandIn
  readonly stripe: Stripe
  /** An engine like another process's, on this database or a wrapped one. */
  engine(database: Database): Promise<TollgateEngine>
  /** New organizations, each with a customer and this many calls past the included amount. */
  organizations(
    engine: TollgateEngine,
    overages: readonly number[],
  ): Promise<readonly { readonly id: string; readonly customer: string }[]>
  /** Moves to an hour after the current period's end, of the first organization by default. */
  endPeriod(engine: TollgateEngine, organizationId?: string): Promise<void>
  itemsOf(customer: string): readonly StripeItem[]
  close(): Promise<void>
}

const HOUR = 3_600_000

/** Deletes everything that earlier tests left behind, including append-only journals. */
export const emptied = (database: Database): Promise<unknown> =>
  database.transaction(async (tx) => {
    await tx.query(`select set_config('session_replication_role', 'replica', true)`)
    await tx.query(
      'truncate tollgate.organizations, tollgate.stripe_events, tollgate.stripe_named_customers cascade',
    )
  })

export const openBilledPlatform = async (
  options: {
    readonly knowsKeys?: boolean
    readonly stripe?: Partial<NonNullable<TollgateOptions['stripe']>>
  } = {},
): Promise<BilledPlatform> => {
  const clock = testClock('2026-03-10T12:00:00Z')
  const { knowsKeys = true } = options
  const standIn = await openStripeStandIn({ now: clock.now, knowsKeys })
  const stripe = sdkFor(standIn)
  const engines: TollgateEngine[] = []
  let made = 0
  // Its own organizations, because levels outlive those of earlier tests.
  const name = `org-${crypto.randomUUID().slice(0, 8)}`
  return {
    clock,
    standIn,
    stripe,
    engine: async (database) => {
      const engine = await createTollgate({
        database,
        clock,
        catalogs: ['api-platform'],
        stripe: {
          secretKey: SECRET_KEY,
          apiBase: standIn.url,
          timeoutMs: 2_000,
          webhookSecret: WEBHOOK_SECRET,
          ...options.stripe,
        },
      })
      engines.push(engine)
      return engine
    },
    organizations: async (engine, overages) => {
      const organizations: { id: string; customer: string }[] = []
      for (const over of overages) {
        made += 1
        const id = `${name}-${String(made).padStart(5, '0')}`
        await engine.organizations.create({ id, name: id, plan: 'api-platform/pro' })
        const { id: customer } = await stripe.customers.create({ metadata: { organization: id } })
        await engine.stripe.setCustomer({ organizationId: id, customerId: customer })
        await engine.record({
          id: 'use',
          organizationId: id,
          eventType: 'api_call',
          quantities: { api_calls: 100_000 + over },
        })
        organizations.push({ id, customer })
      }
      return organizations
    },
    endPeriod: async (engine, organizationId) => {
      const { items } = await engine.organizations.list({ limit: 1 })
      const id = organizationId ?? (items[0]?.id as string)
      const { periodEnd } = await engine.invoices.preview({ organizationId: id })
      await clock.set(new Date(Date.parse(periodEnd) + HOUR))
    },
    itemsOf: (customer) => standIn.items.filter((item) => item.customer === customer),
    close: async () => {
      await Promise.all(engines.map((engine) => engine.close()))
      await standIn.close()
    },
  }
}
