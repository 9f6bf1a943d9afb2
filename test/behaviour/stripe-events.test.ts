import { afterEach, beforeEach, expect, it } from 'vitest'
import { EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import type { Database } from '../../src/storage/database.ts'
import {
  type BilledPlatform,
  emptied,
  openBilledPlatform,
} from '../connectors/stripe/billed-platform.ts'
import { deliver, deliverUntilTaken, WEBHOOK_SECRET } from '../connectors/stripe/stand-in.ts'
import { Fuse, withFuse } from '../faults/fuse.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'

const MINUTE = 60_000
const NEXT_SECRET = 'whsec_that_comes_next'

describeEmbeddedFirst("Stripe's webhook events", (open) => {
  let platform: BilledPlatform
  let db: Database
  let tollgate: TollgateEngine
  let acme: { readonly id: string; readonly customer: string }
  beforeEach(async () => {
    platform = await openBilledPlatform({
      stripe: { webhookSecret: [WEBHOOK_SECRET, NEXT_SECRET] },
    })
    db = await open()
    await emptied(db)
    tollgate = await platform.engine(db)
    acme = (await platform.organizations(tollgate, [5_000]))[0] as typeof acme
  })
  afterEach(() => platform.close())

  const eventsKept = () => db.query('select id, outcome from tollgate.stripe_events order by id')
  const actions = async (prefix = 'stripe_') => {
    const { items } = await tollgate.audit.list({
      organizationId: acme.id,
      category: 'billing',
      limit: 100,
    })
    return items.map(({ action }) => action).filter((action) => action.startsWith(prefix))
  }

  it('are refused without a recent signature by a known secret', async () => {
    const { standIn, clock } = platform
    const event = () => standIn.event('customer.updated', acme.customer)
    const old = new Date(clock.now().getTime() - 5 * MINUTE - 1_000)
    const { body, signature } = event()
    const wrong = [
      standIn.event('customer.updated', acme.customer, { secret: 'whsec_of_another' }),
      standIn.event('customer.updated', acme.customer, { signedAt: old }),
      { body: body.replace(acme.customer, 'cus_000009'), signature },
      { body: `${body} `, signature },
      { body, signature: '' },
      { body, signature: null },
      { body, signature: 't=1,v1=00' },
    ]
    for (const given of wrong) {
      const refused = deliver(tollgate, given)
      await expect(refused).rejects.toMatchObject({ code: 'invalid_request', status: 400 })
    }
    expect(await eventsKept()).toEqual([])
    const late = new Date(clock.now().getTime() - 5 * MINUTE)
    for (const given of [{ signedAt: late }, { secret: NEXT_SECRET }]) {
      const good = standIn.event('customer.updated', acme.customer, given)
      expect(await deliver(tollgate, good)).toMatchObject({ outcome: 'kept' })
    }
  })

  it('take effect once, despite a hundred concurrent deliveries to two processes', async () => {
    const another = await platform.engine(await open())
    platform.standIn.account.putSubscription('sub_1', acme.customer, { status: 'active' })
    const event = platform.standIn.event('customer.subscription.created', 'sub_1')
    const received = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        deliverUntilTaken(i % 2 === 0 ? tollgate : another, event),
      ),
    )
    const outcomes = received.map(({ outcome }) => outcome).sort()
    expect(outcomes).toEqual(['applied', ...Array(99).fill('repeated')])
    expect(await eventsKept()).toEqual([{ id: event.id, outcome: 'applied' }])
    expect(await actions()).toEqual(['stripe_subscription.changed', 'stripe_customer.set'])
    const [one, two] = [plumbingOf(tollgate).statistics(), plumbingOf(another).statistics()]
    expect(one.stripeEvents + two.stripeEvents).toBe(1)
    expect(one.stripeEventsRepeated + two.stripeEventsRepeated).toBe(99)
  })

  it('leave the current state, in whatever order they arrive', async () => {
    const { account, event } = platform.standIn
    account.putSubscription('sub_1', acme.customer, { status: 'trialing' })
    const created = event('customer.subscription.created', 'sub_1')
    account.putSubscription('sub_1', acme.customer, { status: 'active' })
    const updated = event('customer.subscription.updated', 'sub_1')
    const statusNow = async () =>
      (await tollgate.stripe.link({ organizationId: acme.id })).subscriptions.map(
        ({ status }) => status,
      )
    await deliver(tollgate, updated)
    expect(await statusNow()).toEqual(['active'])
    await deliver(tollgate, created)
    expect(await statusNow()).toEqual(['active'])
    account.putSubscription('sub_1', acme.customer, { status: 'canceled', ended_at: 1_775_000_000 })
    await deliver(tollgate, event('customer.subscription.deleted', 'sub_1'))
    await deliver(tollgate, event('customer.subscription.updated', 'sub_1'))
    expect(await tollgate.stripe.link({ organizationId: acme.id })).toMatchObject({
      customerId: acme.customer,
      customerDeleted: false,
      subscriptions: [{ id: 'sub_1', status: 'canceled', endedAt: '2026-03-31T23:33:20.000Z' }],
    })
    expect((await actions('stripe_sub')).length).toBe(2)
  })

  it('discard a fetched answer if a newer one was stored meanwhile', async () => {
    const { account, event } = platform.standIn
    account.putSubscription('sub_1', acme.customer, { status: 'trialing' })
    let goOn = () => {}
    let hasAsked = () => {}
    const asked = new Promise<void>((resolve) => {
      hasAsked = resolve
    })
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve
    })
    let isSlow = false
    const slow = await platform.engine({
      ...db,
      transaction: async (work) => {
        if (isSlow) {
          hasAsked()
          await mayGoOn
        }
        return db.transaction(work)
      },
      close: async () => undefined,
    })
    isSlow = true
    const late = deliver(slow, event('customer.subscription.created', 'sub_1'))
    await asked
    account.putSubscription('sub_1', acme.customer, { status: 'active' })
    await deliver(tollgate, event('customer.subscription.updated', 'sub_1'))
    goOn()
    expect(await late).toMatchObject({ outcome: 'applied' })
    const { subscriptions } = await tollgate.stripe.link({ organizationId: acme.id })
    expect(subscriptions).toMatchObject([{ status: 'active' }])
  })

  it('report whether a bill is paid, once even for two events of one payment', async () => {
    await platform.endPeriod(tollgate)
    await tollgate.billing.run()
    const { account, event } = platform.standIn
    const stripeInvoiceId = account.finalize(acme.customer)
    const paymentOf = async () => {
      const { items } = await tollgate.invoices.list({ organizationId: acme.id })
      const { charges } = await tollgate.invoices.get({
        organizationId: acme.id,
        invoiceId: items[0]?.id as string,
      })
      return charges.map((charge) => [charge.stripeInvoiceId, charge.payment, charge.minorUnits])
    }
    expect(await paymentOf()).toEqual([[null, null, 500]])
    await deliver(tollgate, event('invoice.finalized', stripeInvoiceId))
    expect(await paymentOf()).toEqual([[stripeInvoiceId, 'open', 500]])
    account.put(stripeInvoiceId, { attempt_count: 1 })
    await deliver(tollgate, event('invoice.payment_failed', stripeInvoiceId))
    account.pay(stripeInvoiceId)
    await Promise.all(
      ['invoice.payment_succeeded', 'invoice.paid', 'invoice.finalized'].map((type) =>
        deliver(tollgate, event(type, stripeInvoiceId)),
      ),
    )
    expect(await paymentOf()).toEqual([[stripeInvoiceId, 'paid', 500]])
    expect(await actions('stripe_invoice')).toEqual([
      'stripe_invoice.paid',
      'stripe_invoice.payment_failed',
      'stripe_invoice.open',
    ])
    const told = await tollgate.domainEvents.list({ organizationId: acme.id, limit: 4 })
    expect(told.items).toMatchObject([
      { kind: 'alert.recovered', data: { rule: 'payment_failed', value: null } },
      { kind: 'invoice.collected', data: { stripeInvoiceId, paidMinorUnits: 500 } },
      {
        kind: 'alert.fired',
        data: { rule: 'payment_failed', severity: 'warning', value: '1', threshold: '1' },
      },
      { kind: 'payment.failed', data: { stripeInvoiceId, attempts: 1, dueMinorUnits: 500 } },
    ])
    for (const { kind, data } of told.items) EVENT_KINDS[kind].data.strict().parse(data)
    account.put(stripeInvoiceId, { status: 'void' })
    await deliver(tollgate, event('invoice.voided', stripeInvoiceId))
    expect(await paymentOf()).toEqual([[stripeInvoiceId, 'void', 500]])
  })

  it('link a customer whose metadata names an organization, unless it was linked by hand', async () => {
    const { account, event } = platform.standIn
    await tollgate.organizations.create({ id: 'new', name: 'new', plan: 'api-platform/pro' })
    const { id } = await platform.stripe.customers.create({
      metadata: { tollgate_organization: 'new' },
    })
    account.putSubscription('sub_9', id, { status: 'active' })
    // No organization is linked yet.
    await deliver(tollgate, event('customer.subscription.created', 'sub_9'))
    await deliver(tollgate, event('customer.created', id))
    expect(await tollgate.stripe.link({ organizationId: 'new' })).toMatchObject({
      customerId: id,
      subscriptions: [{ id: 'sub_9', status: 'active' }],
    })
    account.editCustomer(id, { metadata: { tollgate_organization: acme.id } })
    await deliver(tollgate, event('customer.updated', id))
    expect(await tollgate.stripe.link({ organizationId: acme.id })).toMatchObject({
      customerId: acme.customer,
    })
    account.deleteCustomer(id)
    await deliver(tollgate, event('customer.deleted', id))
    expect(await tollgate.stripe.link({ organizationId: 'new' })).toMatchObject({
      customerDeleted: true,
    })
  })

  it('remember a customer that names a future organization, and link it on creation', async () => {
    const { account, event } = platform.standIn
    const id = `later-${crypto.randomUUID()}`
    const metadata = { tollgate_organization: id }
    const [first, second, third] = [
      (await platform.stripe.customers.create({ metadata })).id,
      (await platform.stripe.customers.create({ metadata })).id,
      (await platform.stripe.customers.create({ metadata })).id,
    ]
    account.putSubscription('sub_early', second, { status: 'active' })
    await deliver(tollgate, event('customer.subscription.created', 'sub_early'))
    for (const customer of [first, second, third]) {
      await platform.clock.advance(1_000)
      expect(await deliver(tollgate, event('customer.created', customer))).toMatchObject({
        outcome: 'kept',
      })
    }
    // The metadata of the first customer names no organization any more.
    account.deleteCustomer(first)
    await deliver(tollgate, event('customer.deleted', first))
    await tollgate.organizations.create({ id, name: id, plan: 'api-platform/pro' })
    expect(await tollgate.stripe.link({ organizationId: id })).toMatchObject({
      customerId: second,
      subscriptions: [{ id: 'sub_early' }],
    })
    const { items } = await tollgate.audit.list({ organizationId: id, category: 'billing' })
    expect(items).toMatchObject([{ action: 'stripe_customer.linked', actor: 'stripe' }])
  })

  it('link a customer whose organization is created at the same moment', async () => {
    const { event } = platform.standIn
    const another = await platform.engine(await open())
    for (let time = 0; time < 5; time += 1) {
      const id = `now-${crypto.randomUUID()}`
      const metadata = { tollgate_organization: id }
      const { id: customer } = await platform.stripe.customers.create({ metadata })
      await Promise.all([
        deliver(tollgate, event('customer.created', customer)),
        another.organizations.create({ id, name: id, plan: 'api-platform/pro' }),
      ])
      expect(await tollgate.stripe.link({ organizationId: id })).toMatchObject({
        customerId: customer,
      })
    }
  })

  it('report when a subscription ends at its own time, and that nobody collects', async () => {
    const { account, event } = platform.standIn
    const subscription = async () => {
      await deliver(tollgate, event('customer.subscription.updated', 'sub_1'))
      return (await tollgate.stripe.link({ organizationId: acme.id })).subscriptions[0]
    }
    const end = 1_780_000_000
    account.putSubscription('sub_1', acme.customer, { status: 'active' })
    expect(await subscription()).toMatchObject({ cancelAt: null, pausedCollection: null })
    // As the portal does it: a time, and the flag unchanged.
    account.put('sub_1', { cancel_at: end })
    expect(await subscription()).toMatchObject({
      cancelAtPeriodEnd: false,
      cancelAt: '2026-05-28T20:26:40.000Z',
    })
    account.put('sub_1', { cancel_at: null, cancel_at_period_end: true })
    const flagged = await subscription()
    expect(flagged?.cancelAt).toBe(flagged?.currentPeriodEnd)
    account.put('sub_1', { cancel_at_period_end: false, pause_collection: { behavior: 'void' } })
    expect(await subscription()).toMatchObject({ cancelAt: null, pausedCollection: 'void' })
    expect((await actions('stripe_sub')).length).toBe(4)
  })

  it('report that Stripe gave up an invoice', async () => {
    await platform.endPeriod(tollgate)
    await tollgate.billing.run()
    const { account, event } = platform.standIn
    const stripeInvoiceId = account.finalize(acme.customer)
    await deliver(tollgate, event('invoice.finalized', stripeInvoiceId))
    account.put(stripeInvoiceId, { status: 'uncollectible' })
    await platform.clock.advance(1_000)
    const kinds = async () => (await tollgate.stripe.reconcile()).drift.map(({ kind }) => kind)
    // Even before any event about it.
    expect(await kinds()).toEqual(['uncollected', 'payment'])
    await deliver(tollgate, event('invoice.marked_uncollectible', stripeInvoiceId))
    expect(await kinds()).toEqual(['uncollected'])
    const { items } = await tollgate.invoices.list({ organizationId: acme.id })
    const invoice = { organizationId: acme.id, invoiceId: items[0]?.id as string }
    expect((await tollgate.invoices.get(invoice)).charges).toMatchObject([
      { stripeInvoiceId, payment: 'uncollectible' },
    ])
    expect(await actions('stripe_invoice')).toEqual([
      ...['stripe_invoice.uncollectible', 'stripe_invoice.open'],
    ])
    const told = await tollgate.domainEvents.list({
      organizationId: acme.id,
      kind: 'invoice.failed',
    })
    expect(told.items).toMatchObject([
      {
        subject: `stripe_invoice:${stripeInvoiceId}`,
        data: { stripeInvoiceId, paidMinorUnits: 0 },
      },
    ])
    for (const { kind, data } of told.items) EVENT_KINDS[kind].data.strict().parse(data)
  })

  it('are stored if they change nothing, and never lost', async () => {
    const event = platform.standIn.event('payout.paid', 'po_1')
    expect(await deliver(tollgate, event)).toMatchObject({ outcome: 'kept' })
    await platform.clock.advance(40 * 86_400_000)
    const signedAt = platform.clock.now()
    const again = platform.standIn.event('payout.paid', 'po_1', { id: event.id, signedAt })
    expect(await deliver(tollgate, again)).toMatchObject({ outcome: 'repeated' })
    const gone = platform.standIn.event('customer.subscription.updated', 'sub_of_nobody')
    expect(await deliver(tollgate, gone)).toMatchObject({ outcome: 'gone' })
  })

  it('take effect once even if the process dies at any step', async () => {
    const { account, event } = platform.standIn
    const fuse = new Fuse()
    const fused = await platform.engine(withFuse(db, fuse))
    account.put('in_1', {
      object: 'invoice',
      customer: acme.customer,
      status: 'paid',
      currency: 'usd',
      attempt_count: 1,
      amount_due: 900,
      amount_paid: 900,
      status_transitions: { paid_at: 1_775_000_000 },
      metadata: { tollgate_top_up: 'first', tollgate_credits: '25' },
    })
    const paid = event('invoice.paid', 'in_1')
    fuse.arm(Number.POSITIVE_INFINITY)
    await deliver(fused, event('invoice.voided', 'in_of_nobody'))
    let steps = 0
    for (let isWhole = false; !isWhole; steps += 1) {
      fuse.arm(steps)
      isWhole = await deliver(fused, paid).then(
        () => !fuse.isBlown,
        () => false,
      )
      fuse.disarm()
    }
    expect(steps).toBeGreaterThan(10)
    expect(await deliver(tollgate, paid)).toMatchObject({ outcome: 'repeated' })
    const { granted } = await tollgate.grants.balance({ organizationId: acme.id })
    expect(granted).toBe(25)
    expect(await actions('')).toEqual(['top_up.paid', 'stripe_invoice.paid', 'stripe_customer.set'])
  })

  it('report usage that a meter rejected', async () => {
    const { account, event } = platform.standIn
    const type = 'v1.billing.meter.error_report_triggered'
    const { id, body, signature } = event(type, 'mtr_1')
    account.put(id, {
      object: 'v2.core.event',
      type,
      created: '2026-03-10T12:00:00Z',
      related_object: { id: 'mtr_1', type: 'billing.meter', url: '/' },
      data: {
        developer_message_summary: 'There is 1 invalid event',
        reason: { error_count: 3, error_types: [{ code: 'meter_event_no_customer_defined' }] },
        validation_start: '2026-03-10T11:00:00Z',
        validation_end: '2026-03-10T12:00:00Z',
      },
    })
    const given = { id, body, signature }
    expect(await deliver(tollgate, given)).toMatchObject({ type, outcome: 'applied' })
    expect(await deliver(tollgate, given)).toMatchObject({ outcome: 'repeated' })
    expect(plumbingOf(tollgate).statistics()).toMatchObject({ stripeMeterErrors: 3 })
    await platform.clock.advance(MINUTE)
    const found = await tollgate.stripe.reconcile()
    expect(found.drift).toContainEqual(
      expect.objectContaining({ kind: 'meter_error', atStripe: '3: There is 1 invalid event' }),
    )
    const { items } = await tollgate.audit.listPlatform({ category: 'billing' })
    expect(items[0]).toMatchObject({ action: 'stripe_meter.errors', new: { errors: 3 } })
  })
})
