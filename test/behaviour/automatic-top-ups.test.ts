import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { emptied } from '../connectors/stripe/billed-platform.ts'
import { SECRET_KEY, sdkFor } from '../connectors/stripe/sdk.ts'
import {
  deliver,
  type Failing,
  openStripeStandIn,
  type StripeStandIn,
  WEBHOOK_SECRET,
} from '../connectors/stripe/stand-in.ts'
import { isLong } from '../setup/form.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'
import { creditsOnly } from './credits-catalog.ts'

const HOUR = 3_600_000

describeEmbeddedFirst('automatic top-ups', (open) => {
  let standIn: StripeStandIn
  let clock: TestClock
  let tollgate: TollgateEngine
  let customer: string
  const id = 'acme'
  const engines: TollgateEngine[] = []

  const engine = async (database: Database) => {
    const made = await createTollgate({
      ...creditsOnly,
      database,
      clock,
      stripe: {
        secretKey: SECRET_KEY,
        apiBase: standIn.url,
        timeoutMs: 2_000,
        webhookSecret: WEBHOOK_SECRET,
      },
    })
    engines.push(made)
    return made
  }
  beforeEach(async () => {
    clock = testClock('2026-03-10T12:00:00Z')
    standIn = await openStripeStandIn({ now: clock.now })
    const db = await open()
    await emptied(db)
    tollgate = await engine(db)
    await tollgate.organizations.create({ id, name: 'Acme', plan: 'prepaid' })
    customer = (await sdkFor(standIn).customers.create({})).id
    await tollgate.stripe.setCustomer({ organizationId: id, customerId: customer })
  })
  afterEach(async () => {
    for (const one of engines.splice(0)) await one.close()
    await standIn.close()
  })

  const use = async (credits: number) =>
    await tollgate.track({ organizationId: id, eventType: 'spend', properties: { credits } })
  const available = async () => (await tollgate.grants.balance({ organizationId: id })).available
  const invoices = async () => (await sdkFor(standIn).invoices.list({ customer, limit: 100 })).data
  /** Stripe's own data in every invoice. */
  const told = async () => {
    for (const invoice of await invoices()) {
      await deliver(tollgate, standIn.event('invoice.paid', invoice.id))
    }
  }
  const settings = { below: 20, credits: 100, amount: '5.00' }

  it('are billed by their own invoice, and granted when it is paid', async () => {
    await tollgate.grants.create({ organizationId: id, credits: 50, reason: 'a start' })
    expect(await tollgate.grants.setTopUp({ organizationId: id, ...settings })).toMatchObject({
      topUp: { below: 20, credits: 100, amount: '5.00', currency: 'USD', mostAMonth: 10 },
    })
    expect((await use(30)).allowed).toBe(true)
    await tollgate.billing.run()
    expect(await invoices()).toEqual([])
    expect((await use(1)).allowed).toBe(true)
    await tollgate.billing.run()
    expect(await invoices()).toMatchObject([{ status: 'paid', amount_due: 500, currency: 'usd' }])
    expect(await available()).toBe(19)
    await told()
    await told()
    expect(await available()).toBe(119)
    expect((await tollgate.grants.list({ organizationId: id })).items[0]).toMatchObject({
      source: 'top_up',
      credits: 100,
    })
  })

  it('are granted by the next run if no event about the payment arrives', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    await tollgate.billing.run()
    expect(await available()).toBe(0)
    const [{ id: invoice = '' } = {}] = await invoices()
    standIn.account.pay(invoice)
    const another = await engine(await open())
    await Promise.all([tollgate.billing.run(), another.billing.run()])
    expect(await available()).toBe(100)
    expect((await tollgate.stripe.reconcile()).clean).toBe(true)
    await told()
    await tollgate.billing.run()
    expect(await available()).toBe(100)
    // An order that has ended is not looked at again.
    const asked = standIn.requests.length
    await tollgate.billing.run()
    expect(standIn.requests.length).toBe(asked)
  })

  it('report a failure to ask Stripe about an open invoice, and ask again', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    standIn.account.pay((await invoices())[0]?.id as string)
    standIn.failWhen(({ method }) => (method === 'GET' ? 'error' : undefined))
    expect(await tollgate.billing.run()).toMatchObject({
      failed: 1,
      organizations: [{ organizationId: id, reason: 'Stripe could not be asked' }],
    })
    standIn.failWhen(() => undefined)
    expect(await tollgate.billing.run()).toMatchObject({ failed: 0 })
    expect(await available()).toBe(100)
  })

  it('stop asking Stripe if it does not answer, and ask about the rest in the next run', async () => {
    const more = Array.from({ length: 30 }, (_, n) => `open-${n}`)
    const customers: string[] = []
    for (const other of more) {
      await tollgate.organizations.create({ id: other, name: other, plan: 'prepaid' })
      const { id: customerId } = await sdkFor(standIn).customers.create({})
      customers.push(customerId)
      standIn.account.declines.add(customerId)
      await tollgate.stripe.setCustomer({ organizationId: other, customerId })
      await tollgate.grants.setTopUp({ organizationId: other, ...settings })
    }
    await tollgate.billing.run()
    for (const customerId of customers) {
      const { data } = await sdkFor(standIn).invoices.list({ customer: customerId })
      standIn.account.pay(data[0]?.id as string)
    }
    standIn.failWhen(({ method }) => (method === 'GET' ? 'rate-limit' : undefined))
    const before = standIn.requests.length
    const { failed, organizations } = await tollgate.billing.run()
    expect(standIn.requests.length - before).toBeLessThan(20)
    expect(failed).toBe(standIn.requests.length - before)
    expect(organizations[0]?.reason).toBe('Stripe could not be asked')
    standIn.failWhen(() => undefined)
    expect(await tollgate.billing.run()).toMatchObject({ failed: 0 })
    for (const other of more) {
      expect((await tollgate.grants.balance({ organizationId: other })).available).toBe(100)
    }
  })

  it('report an order whose invoice Stripe does not know, and order nothing else', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    const [{ id: invoice = '' } = {}] = await invoices()
    const db = await open()
    const rename = `update tollgate.outbox set external_id = $1 where kind = 'top_up'`
    await db.query(rename, ['in_another_account'])
    const reason = 'Stripe does not know the invoice in_another_account of a top-up'
    expect(await tollgate.billing.run()).toMatchObject({
      failed: 1,
      organizations: [{ organizationId: id, reason }],
    })
    expect(await invoices()).toHaveLength(1)
    await db.query(rename, [invoice])
    standIn.account.pay(invoice)
    await tollgate.billing.run()
    expect(await available()).toBe(100)
    expect(await invoices()).toHaveLength(1)
  })

  it('give a closed organization what it has paid for', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    await tollgate.organizations.close({ organizationId: id })
    standIn.account.pay((await invoices())[0]?.id as string)
    expect(await tollgate.billing.run()).toMatchObject({ failed: 0 })
    const asked = standIn.requests.length
    expect(await tollgate.billing.run()).toMatchObject({ failed: 0 })
    expect(standIn.requests.length).toBe(asked)
  })

  it('are granted once if the run and events of the payment come together', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    const [{ id: invoice = '' } = {}] = await invoices()
    standIn.account.pay(invoice)
    const another = await engine(await open())
    await Promise.all([
      tollgate.billing.run(),
      another.billing.run(),
      ...['invoice.paid', 'invoice.payment_succeeded'].flatMap((type) => [
        deliver(tollgate, standIn.event(type, invoice)),
        deliver(another, standIn.event(type, invoice)),
      ]),
    ])
    expect(await available()).toBe(100)
    const { items } = await tollgate.grants.list({ organizationId: id })
    expect(items).toHaveLength(1)
  })

  it('start at once if too few credits are left, and stop when switched off', async () => {
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    await told()
    expect(await available()).toBe(100)
    expect(await tollgate.grants.setTopUp({ organizationId: id, below: null })).toEqual({
      organizationId: id,
      topUp: null,
    })
    await use(95)
    await tollgate.billing.run()
    expect(await invoices()).toHaveLength(1)
  })

  it('cost their full price, whatever coupon the customer has', async () => {
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    expect(await invoices()).toMatchObject([{ inheritsDiscounts: false }])
    expect(standIn.items).toMatchObject([{ amount: 500, discountable: false }])
  })

  it('happen once, even if many calls in two processes find too few credits together', async () => {
    await tollgate.grants.create({ organizationId: id, credits: 60, reason: 'a start' })
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    const another = await engine(await open())
    await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        (i % 2 === 0 ? tollgate : another).track({
          organizationId: id,
          eventType: 'spend',
          properties: { credits: 1 },
        }),
      ),
    )
    await Promise.all([tollgate.billing.run(), another.billing.run()])
    expect(await invoices()).toHaveLength(1)
    await told()
    expect(await available()).toBe(100)
  })

  it('happen once, even if any step at Stripe fails', async () => {
    const failings: Failing[] = ['reset', 'reset-when-done', 'error', 'error-when-done']
    await tollgate.grants.create({ organizationId: id, credits: 110, reason: 'a start' })
    await tollgate.grants.setTopUp({ organizationId: id, ...settings, mostAMonth: 1_000 })
    const steps = ['/v1/invoices', '/v1/invoiceitems', '/finalize', '/pay']
    for (const [place, step] of steps.entries()) {
      // The short form tests every second pair: each step fails in two ways, and each way at two
      // steps.
      for (const failing of failings.filter((_, way) => isLong || (place + way) % 2 === 0)) {
        const before = (await invoices()).length
        let failed = false
        standIn.failWhen(({ method, path }) => {
          if (failed || method !== 'POST' || !path.endsWith(step)) return undefined
          failed = true
          return failing
        })
        const had = (await available()) as number
        await use(had - 10)
        for (let run = 0; run < 3; run++) {
          await tollgate.billing.run()
          await clock.advance(2 * HOUR)
        }
        expect(failed).toBe(true)
        const made = (await invoices()).slice(0, (await invoices()).length - before)
        expect(made.filter(({ status }) => status !== 'draft')).toHaveLength(1)
        for (const { id: invoice, status } of made)
          if (status === 'open') standIn.account.pay(invoice)
        await told()
        expect(await available()).toBe(110)
      }
    }
  })

  it('wait while a card is declined, and retry after Stripe has given up', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    expect(await invoices()).toMatchObject([{ status: 'open' }])
    await tollgate.record({ organizationId: id, eventType: 'spend', properties: { credits: 1 } })
    await tollgate.billing.run()
    expect(await invoices()).toHaveLength(1)
    const givenUp = [
      ['void', 'invoice.voided'],
      ['uncollectible', 'invoice.marked_uncollectible'],
    ] as const
    for (const [n, [status, type]] of givenUp.entries()) {
      const [latest] = await invoices()
      standIn.account.put(latest?.id as string, { status })
      await clock.advance(1_000)
      const before = await tollgate.stripe.reconcile()
      expect(before.drift.map(({ kind }) => kind)).toContain('payment')
      await deliver(tollgate, standIn.event(type, latest?.id as string))
      const after = await tollgate.stripe.reconcile()
      expect(after.drift.map(({ kind }) => kind)).toEqual(Array(n + 1).fill('uncollected'))
      await tollgate.record({ organizationId: id, eventType: 'spend', properties: { credits: 1 } })
      await tollgate.billing.run()
      expect(await invoices()).toHaveLength(n + 2)
    }
  })

  it('stop if an invoice is marked paid without money, and continue when set again', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    const [first] = await invoices()
    standIn.account.put(first?.id as string, {
      status: 'paid',
      amount_paid: 500,
      amount_paid_off_stripe: 500,
    })
    await told()
    await tollgate.record({ organizationId: id, eventType: 'spend', properties: { credits: 1 } })
    await tollgate.billing.run()
    expect(await invoices()).toHaveLength(1)
    const { topUp, granted } = await tollgate.grants.balance({ organizationId: id })
    expect([topUp, granted]).toEqual([null, 0])
    standIn.account.declines.clear()
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    await tollgate.billing.run()
    expect(await invoices()).toHaveLength(2)
  })

  it('never exceed the monthly maximum', async () => {
    await tollgate.grants.setTopUp({ organizationId: id, ...settings, mostAMonth: 2 })
    for (let time = 0; time < 4; time++) {
      await tollgate.billing.run()
      await told()
      const left = (await available()) ?? 0
      if (left > 0) await use(left)
    }
    expect(await invoices()).toHaveLength(2)
    await clock.set('2026-04-01T00:00:00Z')
    await tollgate.grants.setTopUp({ organizationId: id, ...settings, mostAMonth: 2 })
    await tollgate.billing.run()
    expect(await invoices()).toHaveLength(3)
  })

  it('continue after an invoice that Stripe gave up, even if no event arrives', async () => {
    standIn.account.declines.add(customer)
    await tollgate.grants.setTopUp({ organizationId: id, ...settings })
    for (const [n, status] of ['void', 'uncollectible'].entries()) {
      await tollgate.billing.run()
      const [latest] = await invoices()
      standIn.account.put(latest?.id as string, { status })
      await tollgate.billing.run()
      await tollgate.record({ organizationId: id, eventType: 'spend', properties: { credits: 1 } })
      await tollgate.billing.run()
      expect(await invoices()).toHaveLength(n + 2)
    }
  })

  it('are refused with the name of the wrong field', async () => {
    const wrong = (input: object, field: string) =>
      expect(
        tollgate.grants.setTopUp({ organizationId: id, ...settings, ...input }),
      ).rejects.toMatchObject({
        faults: [{ field }],
      })
    await wrong({ below: -1 }, 'below')
    await wrong({ credits: undefined }, 'credits')
    await wrong({ credits: 0.000_000_1 }, 'credits')
    await wrong({ amount: '0' }, 'amount')
    await wrong({ amount: 'much' }, 'amount')
    await wrong({ amount: '0.49' }, 'amount')
    await wrong({ amount: '1000000.00' }, 'amount')
    await wrong({ mostAMonth: 0 }, 'mostAMonth')
  })
})
