import { afterEach, beforeEach, expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { meteringOf } from '../../src/engine/stripe/stripe-settings.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { emptied } from '../connectors/stripe/billed-platform.ts'
import { SECRET_KEY, sdkFor } from '../connectors/stripe/sdk.ts'
import { openStripeStandIn, type StripeStandIn } from '../connectors/stripe/stand-in.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'

const HOUR = 3_600_000
/** Thousandths used in each hour. */
const USED = [10, 125, 875, 3, 990, 1, 2_500, 497]
const SUM = USED.reduce((sum, one) => sum + one, 0)

const catalog = {
  key: 'scaled',
  name: 'Scaled',
  meters: [
    { key: 'fine', unit: 'hour', aggregation: 'sum', scale: 3 },
    { key: 'coarse', unit: 'hour', aggregation: 'sum', scale: 3 },
    { key: 'finest', unit: 'hour', aggregation: 'sum', scale: 3 },
  ],
  eventTypes: [
    {
      key: 'measured',
      name: 'Measured',
      category: 'all',
      baseCredits: 0,
      meters: { fine: 'quantity', coarse: 'quantity', finest: 'quantity' },
    },
  ],
  plans: [{ key: 'one', name: 'One', monthlyPriceUsd: 0, limits: [] }],
} satisfies CatalogInput

describeEmbeddedFirst("the unit of Stripe's meter events", (open) => {
  let id: string
  let clock: TestClock
  let standIn: StripeStandIn
  let tollgate: TollgateEngine
  beforeEach(async () => {
    clock = testClock('2026-03-10T12:00:00Z')
    standIn = await openStripeStandIn({ now: clock.now })
    const database = await open()
    await emptied(database)
    await database.query('truncate tollgate.stripe_metering')
    tollgate = await createTollgate({
      database,
      clock,
      catalogs: [{ document: catalog, origin: 'the meters of the tests' }],
      stripe: {
        secretKey: SECRET_KEY,
        apiBase: standIn.url,
        timeoutMs: 2_000,
        mode: 'meter_events',
        meters: {
          fine: { eventName: 'hundredths', decimals: 2 },
          coarse: 'whole',
          finest: { eventName: 'millionths', decimals: 6 },
        },
      },
    })
    // Its own organization, because levels outlive those of earlier tests.
    id = `acme-${crypto.randomUUID()}`
    await tollgate.organizations.create({ id, name: id, plan: 'one' })
    const { id: customerId } = await sdkFor(standIn).customers.create({})
    await tollgate.stripe.setCustomer({ organizationId: id, customerId })
    await tollgate.billing.run()
  })
  afterEach(async () => {
    await tollgate.close()
    await standIn.close()
  })

  const use = async (key: string, thousandths: number, timestamp?: string) => {
    const amount = thousandths / 1_000
    const recorded = await tollgate.record({
      id: key,
      organizationId: id,
      eventType: 'measured',
      ...(timestamp && { timestamp }),
      quantities: { fine: amount, coarse: amount, finest: amount },
    })
    expect(recorded.accepted).toBe(1)
  }
  const values = (name: string) =>
    standIn.account.meters.events.flatMap((one) => (one.event_name === name ? [one.value] : []))
  const sumOf = (name: string) => values(name).reduce((sum, value) => sum + value, 0)

  it('is a whole number, and fractions carry over to the next hour: nothing is lost', async () => {
    for (const [hour, thousandths] of USED.entries()) {
      await use(`use-${hour}`, thousandths)
      await clock.advance(HOUR)
      // In separate runs or in one: the result is the same.
      if (hour % 3 === 0) await tollgate.billing.run()
    }
    await clock.advance(HOUR)
    expect(await tollgate.billing.run()).toMatchObject({ failed: 0, waiting: 0 })
    expect(sumOf('hundredths')).toBe(Math.floor(SUM / 10))
    expect(values('whole')).toEqual([1, 1, 2, 1])
    expect(sumOf('whole')).toBe(Math.floor(SUM / 1_000))
    expect(values('millionths')).toEqual(USED.map((one) => one * 1_000))
    await clock.advance(1_000)
    expect(await tollgate.stripe.reconcile()).toMatchObject({ clean: true, drift: [] })
  })

  it('appears in reconcile even for the smallest late use', async () => {
    await use('use', 10)
    const at = clock.now().toISOString()
    await clock.advance(2 * HOUR)
    await tollgate.billing.run()
    await use('late', 1, at)
    await clock.advance(1_000)
    const { drift } = await tollgate.stripe.reconcile()
    expect(drift.map(({ kind, here }) => [kind, here]).sort()).toEqual([
      ['meter', '0 of whole sent'],
      ['meter', '1 of hundredths sent'],
      ['meter', '10000 of millionths sent'],
    ])
  })

  it('is set as a number of decimals, for a meter with a name that Stripe accepts', () => {
    const wrong = (there: { eventName: string; decimals?: number }) =>
      expect(() =>
        meteringOf({ secretKey: SECRET_KEY, mode: 'meter_events', meters: { fine: there } }),
      ).toThrow(/^stripe\.meters/)
    wrong({ eventName: 'x', decimals: 0.5 })
    wrong({ eventName: 'x', decimals: -1 })
    wrong({ eventName: 'x', decimals: 13 })
    wrong({ eventName: 'x'.repeat(101) })
    wrong({ eventName: '' })
  })
})
