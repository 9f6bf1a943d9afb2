import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { times } from '../setup/form.ts'

/**
 * Random changes that members can make to their own subscription, and the least they must pay.
 *
 * The model knows only the price list below and the use of each month, and no rule of Tollgate.
 * When a month's use exceeds a plan's included amount, some plan that includes enough is owed for
 * the rest of that month. That holds from that second on, or as long as the subscription runs. So
 * the minimum price of a month is the highest of these over all its calls. Nothing is owed in a
 * trial from the platform, up to what the trial's plan includes.
 */
const INCLUDED = { free: 10, pro: 100, team: 400, large: 10_000 } as const
const PRICE = { free: 0, pro: 50, team: 50, large: 500 } as const
type Plan = keyof typeof INCLUDED
const PLANS = Object.keys(INCLUDED) as Plan[]

const catalog: CatalogInput = {
  key: 'paid',
  name: 'Plans that are paid for',
  meters: [
    { key: 'calls', unit: 'call', aggregation: 'sum' },
    { key: 'pages', unit: 'page', aggregation: 'sum' },
  ],
  eventTypes: [
    { key: 'call', name: 'Call', category: 'api', baseCredits: 0, meters: { calls: 'quantity' } },
  ],
  plans: PLANS.map((key) => ({
    key,
    name: key,
    monthlyPriceUsd: PRICE[key],
    limits: [
      { meter: 'calls', window: 'period', max: INCLUDED[key], behavior: 'hard' },
      // Pro and Team cost the same, and each includes more of something.
      { meter: 'pages', window: 'period', max: key === 'pro' ? 900 : 300, behavior: 'hard' },
    ],
  })),
}

const when = fc.constantFrom(undefined, 'now' as const, 'period_end' as const)
const plan = fc.constantFrom(...PLANS)
const step = fc.oneof(
  fc.record({ what: fc.constant('change' as const), plan, when }),
  fc.record({ what: fc.constant('update' as const), plan }),
  fc.record({ what: fc.constant('cancel' as const), when }),
  fc.record({ what: fc.constantFrom('keep', 'restart', 'pause', 'resume', 'close' as const) }),
  fc.record({ what: fc.constant('use' as const), units: fc.integer({ min: 1, max: 300 }) }),
  fc.record({ what: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 24 * 20 }) }),
)
type Step = typeof step extends fc.Arbitrary<infer Made> ? Made : never

const RUNS = times('TOLLGATE_PAID_FOR_RUNS', { short: 6, long: 60 })
const REFUSALS = ['forbidden', 'unprocessable']
const OWNER = { role: 'owner', actor: 'user:owner' } as const
const HOUR_MS = 3_600_000
const startOf = (year: number, month: number) => Date.UTC(year, month, 1)

describe('subscription changes by an organization’s own members', () => {
  let lent: LentDatabase
  let tollgate: TollgateEngine
  let clock: TestClock
  let runs = 0
  beforeAll(async () => {
    lent = await lentDatabase()
    clock = testClock('2026-01-01T00:00:00Z')
    const catalogs = [{ document: catalog, origin: 'paid-for' }]
    tollgate = await createTollgate({ database: lent.database, clock, catalogs })
  })
  afterAll(async () => {
    await tollgate.close()
    await lent.giveBack()
  })

  const act = async (organizationId: string, one: Step): Promise<void> => {
    const { subscriptions, organizations } = tollgate
    switch (one.what) {
      case 'change':
        await subscriptions.change(
          { organizationId, plan: `paid/${one.plan}`, ...(one.when && { when: one.when }) },
          OWNER,
        )
        return
      case 'update':
        await organizations.update({ organizationId, plan: `paid/${one.plan}` }, OWNER)
        return
      case 'cancel':
        await subscriptions.cancel({ organizationId, ...(one.when && { when: one.when }) }, OWNER)
        return
      case 'close':
        await organizations.close({ organizationId }, OWNER)
        return
      case 'keep':
      case 'restart':
      case 'pause':
      case 'resume':
        await subscriptions[one.what]({ organizationId }, OWNER)
    }
  }

  /** The least price of plans that include this much, for the rest of a month. */
  const floorOf = (used: number, atMs: number, month: { startMs: number; endMs: number }) => {
    const prices = PLANS.filter((key) => INCLUDED[key] >= used).map((key) => PRICE[key])
    const seconds = (ms: number) => Math.floor(ms / 1_000)
    const left = seconds(month.endMs) - seconds(atMs)
    return (Math.min(...prices) * left) / seconds(month.endMs - month.startMs)
  }

  it(
    "never get a plan's included amount for less than its price",
    async () => {
      await fc.assert(
        fc.asyncProperty(
          plan,
          fc.option(fc.integer({ min: 1, max: 40 }), { freq: 2, nil: undefined }),
          fc.array(step, { minLength: 3, maxLength: 14 }),
          async (first, trialDays, steps) => {
            runs += 1
            const year = 2026 + runs
            await clock.set(new Date(startOf(year, 0)))
            const id = `paid-${runs}`
            const trialEndsMs = startOf(year, 0) + (trialDays ?? 0) * 24 * HOUR_MS
            await tollgate.organizations.create({
              id,
              name: id,
              plan: `paid/${first}`,
              ...(trialDays !== undefined && { trialEndsAt: new Date(trialEndsMs).toISOString() }),
            })
            const used = new Map<number, number>()
            const owed = new Map<number, number>()
            for (const one of steps) {
              if (one.what === 'wait') {
                const latest = startOf(year, 11) - HOUR_MS
                const toMs = Math.min(clock.now().getTime() + one.hours * HOUR_MS, latest)
                await clock.set(new Date(toMs))
              } else if (one.what === 'use') {
                const atMs = clock.now().getTime()
                const month = new Date(atMs).getUTCMonth()
                const units = one.units
                const { allowed } = await tollgate.track({
                  organizationId: id,
                  eventType: 'call',
                  quantities: { calls: units },
                })
                if (!allowed) continue
                const total = (used.get(month) ?? 0) + units
                used.set(month, total)
                const isFree = atMs < trialEndsMs && total <= INCLUDED[first]
                const stretch = { startMs: startOf(year, month), endMs: startOf(year, month + 1) }
                const floor = isFree ? 0 : floorOf(total, atMs, stretch)
                owed.set(month, Math.max(owed.get(month) ?? 0, floor))
              } else {
                const before = await tollgate.organizations.get({ organizationId: id })
                await act(id, one).catch(async (error: unknown) => {
                  // The rules may refuse an owner anything, if the refusal changes nothing.
                  expect(REFUSALS).toContain((error as { code?: unknown }).code)
                  const after = await tollgate.organizations.get({ organizationId: id })
                  expect(after).toEqual(before)
                })
              }
            }
            await clock.set(new Date(startOf(year, 11) + 2 * HOUR_MS))
            await tollgate.billing.run()
            const { items } = await tollgate.invoices.list({ organizationId: id })
            const paid = new Map(
              items.map(({ periodStart, total }) => [
                new Date(periodStart).getUTCMonth(),
                Number(total),
              ]),
            )
            for (const [month, floor] of owed) {
              // Each line of a plan is rounded to the cent.
              expect(paid.get(month) ?? 0).toBeGreaterThanOrEqual(floor - 0.05)
            }
            await tollgate.organizations.close({ organizationId: id })
          },
        ),
        { numRuns: RUNS },
      )
    },
    60_000 + RUNS * 10_000,
  )
})
