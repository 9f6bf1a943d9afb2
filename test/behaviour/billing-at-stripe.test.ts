import { afterEach, beforeEach, expect, it } from 'vitest'
import type { BillingProgress } from '../../src/contract/billing.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import {
  type BilledPlatform,
  emptied,
  openBilledPlatform,
} from '../connectors/stripe/billed-platform.ts'
import { deliver } from '../connectors/stripe/stand-in.ts'
import { times } from '../setup/form.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'

const HOUR = 3_600_000
/** Creates organizations whose periods are closed together. */
const MANY = times('TOLLGATE_BILLED_AT_ONCE', { short: 100, long: 200 })

describeEmbeddedFirst('billing overage at Stripe', (open) => {
  let platform: BilledPlatform
  let tollgate: TollgateEngine
  beforeEach(async () => {
    platform = await openBilledPlatform()
    tollgate = await platform.engine(await open())
    // Earlier tests own what they left behind.
    await emptied(await open())
  })
  afterEach(() => platform.close())

  it('creates one item of $5.00, even when run twice and by two processes together', async () => {
    const [acme] = await platform.organizations(tollgate, [5_000])
    const { id, customer } = acme as { id: string; customer: string }
    await platform.endPeriod(tollgate)
    const another = await platform.engine(await open())
    const reports = await Promise.all([
      tollgate.billing.run({}, { actor: 'cron' }),
      another.billing.run({}, { actor: 'cron' }),
    ])
    expect(reports.reduce((sum, { closed }) => sum + closed, 0)).toBe(1)
    expect(reports.flatMap(({ organizations }) => organizations)).toEqual([
      { organizationId: id, status: 'billed', amount: '5.00', currency: 'USD', reason: null },
    ])
    const again = await tollgate.billing.run()
    expect(again).toEqual({
      closed: 0,
      billed: 0,
      failed: 0,
      waiting: 0,
      organizations: [],
      more: 0,
    })
    const { data } = await platform.stripe.invoiceItems.list({ customer })
    expect(data.map(({ amount, currency }) => [amount, currency])).toEqual([[500, 'usd']])
    expect((await tollgate.invoices.list({ organizationId: id })).items).toMatchObject([
      { total: '54.00' },
    ])
  })

  it('bills late use with an item, and returns money with a negative item', async () => {
    const [acme] = await platform.organizations(tollgate, [5_000])
    const { id, customer } = acme as { id: string; customer: string }
    const before = platform.clock.now().toISOString()
    await platform.endPeriod(tollgate)
    await tollgate.billing.run()
    await tollgate.record({
      id: 'late',
      organizationId: id,
      eventType: 'api_call',
      timestamp: before,
      quantities: { api_calls: 2_000 },
    })
    const [invoice] = (await tollgate.invoices.list({ organizationId: id })).items
    await tollgate.creditNotes.create({
      organizationId: id,
      invoiceId: invoice?.id as string,
      amount: '3.00',
      reason: 'an outage',
    })
    await platform.endPeriod(tollgate, id)
    await tollgate.billing.run()
    expect(platform.itemsOf(customer).map(({ amount }) => amount)).toEqual([500, 200, -300])
    await platform.clock.advance(HOUR)
    expect(await tollgate.stripe.reconcile()).toMatchObject({ clean: true, charges: 3 })
    expect(await tollgate.billing.run()).toMatchObject({ closed: 0, billed: 0 })
  })

  it("splits an amount above Stripe's maximum, and creates each part once", async () => {
    // $1,000,000.00 at a tenth of a cent each.
    const [acme] = await platform.organizations(tollgate, [1_000_000_000])
    const { id, customer } = acme as { id: string; customer: string }
    await platform.endPeriod(tollgate)
    expect(await tollgate.billing.run()).toMatchObject({ billed: 1, failed: 0, waiting: 0 })
    await platform.clock.advance(25 * HOUR)
    await tollgate.billing.run()
    expect(platform.itemsOf(customer).map(({ amount }) => amount)).toEqual([99_999_999, 1])
    const { items } = await tollgate.invoices.list({ organizationId: id })
    const invoice = { organizationId: id, invoiceId: items[0]?.id as string }
    expect(await tollgate.invoices.get(invoice)).toMatchObject({
      charges: [{ minorUnits: 99_999_999 }, { minorUnits: 1 }],
      uncollectedMinorUnits: 0,
    })
    expect(await tollgate.stripe.reconcile()).toMatchObject({ clean: true, charges: 2 })
  })

  it('creates items without discounts, on the one active subscription', async () => {
    const { account, event } = platform.standIn
    const organizations = await platform.organizations(
      tollgate,
      [1_000, 1_000, 1_000, 1_000, 1_000],
    )
    const customers = organizations.map(({ customer }) => customer)
    const subscriptions: [string, number, Record<string, unknown>][] = [
      ['sub_one', 0, { status: 'active' }],
      ['sub_old', 0, { status: 'canceled' }],
      ['sub_first', 1, { status: 'active' }],
      ['sub_second', 1, { status: 'trialing' }],
      ['sub_ending', 2, { status: 'active', cancel_at: 1_780_000_000 }],
      ['sub_over', 3, { status: 'active' }],
    ]
    for (const [id, n, fields] of subscriptions) {
      account.putSubscription(id, customers[n] as string, fields)
      await deliver(tollgate, event('customer.subscription.created', id))
    }
    // The subscription has ended at Stripe, but no webhook arrived.
    account.put('sub_over', { status: 'canceled' })
    await platform.endPeriod(tollgate)
    expect(await tollgate.billing.run()).toMatchObject({ billed: 5, failed: 0, waiting: 0 })
    const items = customers.map((customer) => platform.itemsOf(customer))
    expect(items.map((own) => own.map(({ subscription }) => subscription))).toEqual([
      ...[['sub_one'], [null], [null], [null], [null]],
    ])
    expect(items.flat().every(({ discountable }) => !discountable)).toBe(true)
  })

  it('creates one item each when two processes close many periods together', async () => {
    const overages = Array.from({ length: 60 }, (_, i) => (i % 3) * 1_000)
    const organizations = await platform.organizations(tollgate, overages)
    await platform.endPeriod(tollgate)
    const another = await platform.engine(await open())
    const reports = await Promise.all([tollgate.billing.run(), another.billing.run()])
    expect(reports.reduce((sum, { closed }) => sum + closed, 0)).toBe(60)
    expect(reports.reduce((sum, { billed }) => sum + billed, 0)).toBe(40)
    for (const [i, { customer }] of organizations.entries()) {
      const over = overages[i] as number
      const amounts = platform.itemsOf(customer).map(({ amount }) => amount)
      expect(amounts).toEqual(over === 0 ? [] : [over / 10])
    }
  })

  it('bills the others if two of many fail, reports the failures, and retries them in the next run', async () => {
    const organizations = await platform.organizations(tollgate, Array(MANY).fill(2_000))
    await platform.endPeriod(tollgate)
    const failing = [organizations[MANY / 4], organizations[(3 * MANY) / 4]].map(
      (one) => one?.customer,
    )
    platform.standIn.failWhen(({ method, body }) =>
      method === 'POST' && failing.includes(body.get('customer') ?? '') ? 'error' : undefined,
    )
    const told: BillingProgress[] = []
    const onProgress = (progress: BillingProgress) => void told.push(progress)
    const first = await tollgate.billing.run({}, { onProgress })
    expect(first).toMatchObject({ closed: MANY, billed: MANY - 2, failed: 2, waiting: 2, more: 0 })
    expect(first.organizations.slice(0, 3).map(({ status, reason }) => [status, reason])).toEqual([
      ['failed', 'Stripe: Something went wrong (500)'],
      ['failed', 'Stripe: Something went wrong (500)'],
      ['billed', null],
    ])
    expect(told.at(-1)).toEqual({ closed: MANY, billed: MANY - 2, failed: 2 })
    platform.standIn.failWhen(() => undefined)
    // Stripe replays its answer under the first key; later Tollgate uses another key.
    await platform.clock.advance(HOUR)
    expect(await tollgate.billing.run()).toMatchObject({ billed: 0, failed: 2 })
    await platform.clock.advance(HOUR)
    expect(await tollgate.billing.run()).toMatchObject({ billed: 2, waiting: 0 })
    const amounts = organizations.map(({ customer }) =>
      platform.itemsOf(customer).map(({ amount }) => amount),
    )
    expect(amounts).toEqual(organizations.map(() => [200]))
  })

  it('retries with growing delays while Stripe is unavailable, never before its Retry-After', async () => {
    await platform.organizations(tollgate, [1_000])
    await platform.endPeriod(tollgate)
    platform.standIn.failWhen(() => 'reset')
    const asked = async () => {
      const before = platform.standIn.requests.length
      await tollgate.billing.run()
      return platform.standIn.requests.length - before
    }
    expect([await asked(), await asked()]).toEqual([1, 0])
    await platform.clock.advance(30_000)
    expect([await asked(), await asked()]).toEqual([1, 0])
    await platform.clock.advance(30_000)
    expect(await asked()).toBe(0)
    await platform.clock.advance(30_000)
    expect(await asked()).toBe(1)
  })

  it('waits for the full Retry-After', async () => {
    const [acme] = await platform.organizations(tollgate, [1_000])
    await platform.endPeriod(tollgate)
    platform.standIn.failWhen(() => 'rate-limit-for-two-hours')
    await tollgate.billing.run()
    platform.standIn.failWhen(() => undefined)
    const before = platform.standIn.requests.length
    await platform.clock.advance(2 * HOUR - 1)
    await tollgate.billing.run()
    expect(platform.standIn.requests.length).toBe(before)
    await platform.clock.advance(1)
    expect(await tollgate.billing.run()).toMatchObject({ billed: 1, waiting: 0 })
    expect(platform.itemsOf(acme?.customer as string).length).toBe(1)
  })

  it('holds charges for unlinked customers until they are linked', async () => {
    await tollgate.organizations.create({ id: 'new', name: 'new', plan: 'api-platform/pro' })
    const use = { id: 'use', organizationId: 'new', eventType: 'api_call' }
    await tollgate.record({ ...use, quantities: { api_calls: 100_100 } })
    await platform.endPeriod(tollgate)
    expect(await tollgate.billing.run()).toMatchObject({
      closed: 1,
      billed: 0,
      failed: 1,
      waiting: 1,
      organizations: [{ organizationId: 'new', reason: 'no customer at Stripe is set' }],
    })
    const { id: customerId } = await platform.stripe.customers.create({})
    await tollgate.stripe.setCustomer({ organizationId: 'new', customerId })
    expect(await tollgate.billing.run()).toMatchObject({ billed: 1, waiting: 0 })
    expect(platform.itemsOf(customerId).map(({ amount }) => amount)).toEqual([10])
  })

  it('links each customer to only one organization', async () => {
    const [acme, globex] = await platform.organizations(tollgate, [0, 0])
    const { id } = globex as { id: string }
    const customerId = acme?.customer as string
    const another = tollgate.stripe.setCustomer({ organizationId: id, customerId })
    await expect(another).rejects.toMatchObject({ code: 'already_exists' })
    const wrong = tollgate.stripe.setCustomer({ organizationId: id, customerId: 'acme' })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
