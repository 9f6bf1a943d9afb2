import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import {
  type BilledPlatform,
  emptied,
  openBilledPlatform,
} from '../connectors/stripe/billed-platform.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'

const HOUR = 3_600_000

describeEmbeddedFirst("usage reported to Stripe's meters", (open) => {
  let platform: BilledPlatform
  let tollgate: TollgateEngine
  let acme: { readonly id: string; readonly customer: string }
  beforeEach(async () => {
    platform = await openBilledPlatform({
      stripe: { mode: 'meter_events', meters: { api_calls: 'api_calls_made' } },
    })
    const db = await open()
    await emptied(db)
    await db.query('truncate tollgate.stripe_metering')
    tollgate = await platform.engine(db)
    acme = (await platform.organizations(tollgate, [0]))[0] as typeof acme
    // From now on.
    await tollgate.billing.run()
  })
  afterEach(() => platform.close())

  let uses = 0
  const use = (calls: number) => {
    uses += 1
    const event = { id: `more-${uses}`, organizationId: acme.id, eventType: 'api_call' }
    return tollgate.record({ ...event, quantities: { api_calls: calls } })
  }
  const events = () =>
    platform.standIn.account.meters.events.map(({ event_name, customer, value, timestamp }) => [
      event_name,
      customer,
      value,
      new Date(timestamp * 1_000).toISOString(),
    ])
  const sum = () =>
    platform.standIn.account.meters.events.reduce((total, { value }) => total + value, 0)
  const run = () => tollgate.billing.run()

  it('is one event per ended hour, sent within the hour and never again', async () => {
    await use(7)
    expect((await run()).failed).toBe(0)
    expect(events()).toEqual([])
    await platform.clock.advance(HOUR)
    await use(5)
    await platform.clock.advance(HOUR)
    const another = await platform.engine(await open())
    await Promise.all([run(), another.billing.run()])
    // Use from before the first run, in that run's hour, belongs to that hour.
    const first = ['api_calls_made', acme.customer, 100_007, '2026-03-10T12:59:59.000Z']
    expect(events()).toEqual([first])
    await platform.clock.advance(HOUR)
    await run()
    await run()
    expect(events()).toEqual([first, [...first.slice(0, 2), 5, '2026-03-10T13:59:59.000Z']])
    expect(platform.standIn.items).toEqual([])
    await platform.clock.advance(1_000)
    expect(await tollgate.stripe.reconcile()).toMatchObject({ clean: true, uses: 2 })
  })

  it('stays as it was when its hour closed; reconcile reports late use', async () => {
    await platform.clock.advance(2 * HOUR)
    await run()
    const at = new Date(platform.clock.now().getTime() - 2 * HOUR).toISOString()
    const late = { id: 'late', organizationId: acme.id, eventType: 'api_call', timestamp: at }
    await tollgate.record({ ...late, quantities: { api_calls: 3 } })
    await platform.clock.advance(HOUR)
    await run()
    expect(sum()).toBe(100_000)
    const { clean, drift } = await tollgate.stripe.reconcile()
    expect(clean).toBe(false)
    expect(drift).toMatchObject([
      {
        kind: 'meter',
        here: '100000 of api_calls_made sent',
        atStripe: expect.stringContaining('100003'),
      },
    ])
  })

  it('counts as sent if Stripe already has it', async () => {
    platform.standIn.failWhen(({ path }) =>
      path === '/v1/billing/meter_events' ? 'reset-when-done' : undefined,
    )
    await platform.clock.advance(2 * HOUR)
    expect(await run()).toMatchObject({ failed: 1, waiting: 1 })
    platform.standIn.failWhen(() => undefined)
    // After a refusal it uses a new idempotency key, as if Stripe had forgotten the first.
    await (await open()).query(`update tollgate.outbox set refusals = 1 where kind = 'use'`)
    await platform.clock.advance(HOUR)
    expect(await run()).toMatchObject({ failed: 0, waiting: 0 })
    expect(sum()).toBe(100_000)
  })

  it('is not sent again after a day until the meter was queried', async () => {
    platform.standIn.failWhen(({ path }) =>
      path === '/v1/billing/meter_events' ? 'reset-when-done' : undefined,
    )
    await platform.clock.advance(2 * HOUR)
    await run()
    platform.standIn.failWhen(() => undefined)
    await platform.clock.advance(30 * HOUR)
    const before = platform.standIn.requests.length
    expect(await run()).toMatchObject({ failed: 0, waiting: 0 })
    expect(sum()).toBe(100_000)
    const asked = platform.standIn.requests.slice(before).map(({ method }) => method)
    expect(asked).toEqual(['GET', 'GET'])
  })

  it('is sent after a day if the meter does not have it', async () => {
    // Another hour creates the meter.
    await platform.clock.advance(2 * HOUR)
    await run()
    await use(4)
    platform.standIn.failWhen(() => 'reset')
    await platform.clock.advance(2 * HOUR)
    await run()
    platform.standIn.failWhen(() => undefined)
    await platform.clock.advance(30 * HOUR)
    expect(await run()).toMatchObject({ failed: 0, waiting: 0 })
    expect(sum()).toBe(100_004)
  })
})
