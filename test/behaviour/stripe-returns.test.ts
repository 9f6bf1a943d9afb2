import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { EVENT_KINDS } from '../../src/contract/domain-event-kinds.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { type TestClock, testClock } from '../../src/testing/index.ts'
import { SECRET_KEY, sdkFor } from '../connectors/stripe/sdk.ts'
import {
  deliver,
  deliverUntilTaken,
  openStripeStandIn,
  type StripeStandIn,
  WEBHOOK_SECRET,
} from '../connectors/stripe/stand-in.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'
import { creditsOnly } from './credits-catalog.ts'

/** Stripe's own example of a dispute, as its API description has it. */
const EXAMPLE = JSON.parse(
  readFileSync(new URL('../connectors/stripe/dispute.json', import.meta.url), 'utf8'),
)

describeEmbeddedFirst('credits after a refund or dispute', (open) => {
  let standIn: StripeStandIn
  let clock: TestClock
  let tollgate: TollgateEngine
  let another: TollgateEngine
  // Each test has its own customer, so all tests share the engines.
  let id: string
  let customer: string
  let invoice: string
  let made = 0
  const engine = (database: Database) =>
    createTollgate({
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
  beforeAll(async () => {
    clock = testClock('2026-03-10T12:00:00Z')
    standIn = await openStripeStandIn({ now: clock.now })
    tollgate = await engine(await open())
    another = await engine(await open())
  })
  afterAll(async () => {
    // Buckets, grants and journal agree after every return.
    const { differences } = await tollgate.admin.aggregate()
    await Promise.all([tollgate.close(), another.close()])
    await standIn.close()
    expect(differences).toEqual([])
  })
  beforeEach(async () => {
    made += 1
    id = `acme-${made}`
    invoice = `in_${made}`
    await tollgate.organizations.create({ id, name: 'Acme', plan: 'prepaid' })
    customer = (await sdkFor(standIn).customers.create({})).id
    await tollgate.stripe.setCustomer({ organizationId: id, customerId: customer })
  })

  /** 100 credits for $9.00. */
  const buy = async (more: object = {}) => {
    standIn.account.put(invoice, {
      object: 'invoice',
      customer,
      status: 'paid',
      currency: 'usd',
      attempt_count: 1,
      amount_due: 900,
      amount_paid: 900,
      status_transitions: { paid_at: 1_775_000_000 },
      metadata: { tollgate_top_up: `order-${made}`, tollgate_credits: '100' },
      ...more,
    })
    await tell('invoice.paid', invoice)
  }
  const charge = () => `ch_${invoice}`
  const re = (n: number) => `re_${made}_${n}`
  const tell = (type: string, about: string) => deliver(tollgate, standIn.event(type, about))
  const use = (credits: number) =>
    tollgate.track({ organizationId: id, eventType: 'spend', properties: { credits } })
  const balance = async () => {
    const { available, debt } = await tollgate.grants.balance({ organizationId: id })
    return [available, debt]
  }
  const grant = async () => (await tollgate.grants.list({ organizationId: id })).items[0]
  const refund = (n: number, amount: number, status = 'succeeded') =>
    standIn.account.returns.put(re(n), invoice, { object: 'refund', amount, status })
  const dispute = (status: string, amount = 900) =>
    standIn.account.returns.put(`dp_${made}`, invoice, { object: 'dispute', amount, status })
  const actions = async () => {
    const { items } = await tollgate.audit.list({ organizationId: id, category: 'billing' })
    return items.map(({ action }) => action).filter((action) => action.startsWith('top_up.'))
  }

  /** Events of these kinds in order, each with data that matches its kind. */
  const told = async (...kinds: string[]) => {
    const { items } = await tollgate.domainEvents.list({ organizationId: id, limit: 100 })
    const events = items.filter(({ kind }) => kinds.includes(kind)).reverse()
    for (const { kind, data } of events) EVENT_KINDS[kind].data.strict().parse(data)
    return events
  }

  it('are revoked by the refunded share, once through 20 copies at two processes', async () => {
    await buy()
    refund(1, 270)
    const events = ['charge.refunded', 'refund.created', 'refund.updated'].map((type) =>
      standIn.event(type, type === 'charge.refunded' ? charge() : re(1)),
    )
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        deliverUntilTaken(
          n % 2 === 0 ? tollgate : another,
          events[n % events.length] as (typeof events)[0],
        ),
      ),
    )
    expect(await balance()).toEqual([70, 0])
    expect(await grant()).toMatchObject({ credits: 100, remaining: 70, takenBack: 30 })
    refund(2, 630)
    await tell('refund.created', re(2))
    expect(await balance()).toEqual([0, 0])
    expect(await actions()).toEqual(['top_up.taken_back', 'top_up.taken_back', 'top_up.paid'])
    const money = { stripeInvoiceId: invoice, receivedMinorUnits: 900, disputedMinorUnits: 0 }
    expect(await told('credits.topped_up', 'credits.refunded')).toMatchObject([
      { kind: 'credits.topped_up', data: { credits: 100, source: 'top_up' } },
      { kind: 'credits.refunded', data: { credits: 30, returnedMinorUnits: 270, ...money } },
      { kind: 'credits.refunded', data: { credits: 70, returnedMinorUnits: 900, ...money } },
    ])
    expect((await use(1)).allowed).toBe(false)
  })

  it('become a debt if used, which the next grant pays first', async () => {
    await buy()
    await use(80)
    refund(1, 450)
    await tell('charge.refunded', charge())
    // 50 of 100 stay, and 80 were used.
    expect(await balance()).toEqual([-30, 30])
    expect((await use(1)).allowed).toBe(false)
    await tollgate.grants.create({ organizationId: id, credits: 40, reason: 'more' })
    expect(await balance()).toEqual([10, 0])
  })

  it('return if a refund fails; only succeeded refunds count', async () => {
    await buy()
    refund(1, 900, 'pending')
    await tell('refund.created', re(1))
    expect(await balance()).toEqual([100, 0])
    refund(1, 900, 'succeeded')
    await tell('refund.updated', re(1))
    expect(await balance()).toEqual([0, 0])
    refund(1, 900, 'failed')
    await tell('refund.failed', re(1))
    expect(await balance()).toEqual([100, 0])
    expect(await actions()).toEqual(['top_up.given_back', 'top_up.taken_back', 'top_up.paid'])
    expect(await told('credits.refunded', 'credits.given_back')).toMatchObject([
      { kind: 'credits.refunded', data: { credits: 100 } },
      { kind: 'credits.given_back', data: { credits: 100, returnedMinorUnits: 0 } },
    ])
  })

  it('are frozen by a dispute, and return when it is won', async () => {
    await buy()
    await use(30)
    dispute('warning_needs_response')
    await tell('charge.dispute.created', `dp_${made}`)
    expect(await balance()).toEqual([70, 0])
    dispute('needs_response')
    for (const type of ['created', 'funds_withdrawn', 'updated']) {
      await tell(`charge.dispute.${type}`, `dp_${made}`)
    }
    // No debt yet, because the payment may still stand.
    expect(await balance()).toEqual([0, 0])
    expect(await grant()).toMatchObject({ remaining: 0, frozen: 70, takenBack: 0 })
    expect((await use(1)).allowed).toBe(false)
    dispute('won')
    await tell('charge.dispute.closed', `dp_${made}`)
    await tell('charge.dispute.funds_reinstated', `dp_${made}`)
    expect(await balance()).toEqual([70, 0])
    expect(await actions()).toEqual(['top_up.unfrozen', 'top_up.frozen', 'top_up.paid'])
    expect(await told('credits.frozen', 'credits.unfrozen')).toMatchObject([
      { kind: 'credits.frozen', data: { credits: 70, disputedMinorUnits: 900 } },
      { kind: 'credits.unfrozen', data: { credits: 70, disputedMinorUnits: 0 } },
    ])
  })

  it('report a dispute once when it opens and once when it ends, however often Stripe does', async () => {
    await buy()
    dispute('warning_needs_response')
    await tell('charge.dispute.created', `dp_${made}`)
    dispute('needs_response')
    await Promise.all(
      ['created', 'updated', 'funds_withdrawn'].map((type, n) =>
        deliverUntilTaken(
          n === 1 ? another : tollgate,
          standIn.event(`charge.dispute.${type}`, `dp_${made}`),
        ),
      ),
    )
    const of = {
      stripeDisputeId: `dp_${made}`,
      stripeInvoiceId: invoice,
      reason: 'general',
      currency: 'USD',
      amountMinorUnits: 900,
    }
    const opened = { kind: 'dispute.opened', subject: `stripe_dispute:dp_${made}` }
    const respondBy = '2026-03-20T09:46:40.000Z'
    expect(await told('dispute.opened', 'dispute.closed')).toMatchObject([
      { ...opened, data: { ...of, status: 'warning_needs_response', respondBy } },
    ])
    dispute('lost')
    await tell('charge.dispute.closed', `dp_${made}`)
    await tell('charge.dispute.updated', `dp_${made}`)
    expect(await told('dispute.closed')).toEqual([
      expect.objectContaining({ kind: 'dispute.closed', data: { ...of, status: 'lost' } }),
    ])
    const { items } = await tollgate.audit.list({ organizationId: id, category: 'billing' })
    expect(items.filter(({ action }) => action.startsWith('dispute.'))).toHaveLength(2)
  })

  it("report the dispute that is Stripe's own example", async () => {
    await buy()
    const example = { ...EXAMPLE, id: `dp_${made}`, charge: charge() }
    standIn.account.returns.put(`dp_${made}`, invoice, { ...example, created: 1_773_140_000 })
    await tell('charge.dispute.created', `dp_${made}`)
    expect(await told('dispute.opened')).toMatchObject([
      {
        data: {
          stripeDisputeId: `dp_${made}`,
          status: 'warning_needs_response',
          reason: 'general',
          currency: 'USD',
          amountMinorUnits: 1_000,
          respondBy: '2024-08-14T23:59:59.000Z',
        },
      },
    ])
  })

  it('stay frozen, as far as possible, if refunded during a dispute', async () => {
    await buy()
    const spent = async (credits: number) => {
      const decision = await use(credits)
      return decision.usage.usageEventId as string
    }
    const giveBack = (eventId: string) =>
      tollgate.reverse({ organizationId: id, eventId, reason: 'test' })
    const [first, second] = [await spent(30), await spent(10)]
    dispute('needs_response', 720)
    await tell('charge.dispute.created', `dp_${made}`)
    // 80 of 100 are in dispute, and 40 were used.
    expect(await grant()).toMatchObject({ remaining: 0, frozen: 60 })
    await giveBack(first)
    expect(await balance()).toEqual([10, 0])
    expect(await grant()).toMatchObject({ remaining: 10, frozen: 80 })
    await giveBack(second)
    expect(await grant()).toMatchObject({ remaining: 20, frozen: 80 })
    expect((await use(21)).allowed).toBe(false)
    const held = await tollgate.reserve({
      organizationId: id,
      eventType: 'spend',
      properties: { credits: 15 },
    })
    if (!held.allowed) throw new Error('refused')
    await held.release()
    expect(await balance()).toEqual([20, 0])
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
    dispute('won')
    await tell('charge.dispute.closed', `dp_${made}`)
    expect(await grant()).toMatchObject({ remaining: 100, frozen: 0 })
    await giveBack(await spent(40))
    expect(await grant()).toMatchObject({ remaining: 100, frozen: 0 })
  })

  it('are revoked, including frozen ones, when a dispute is lost', async () => {
    await buy()
    await use(30)
    dispute('under_review', 450)
    await tell('charge.dispute.created', `dp_${made}`)
    expect(await balance()).toEqual([20, 0])
    dispute('lost', 900)
    await tell('charge.dispute.closed', `dp_${made}`)
    expect(await balance()).toEqual([-30, 30])
    expect(await grant()).toMatchObject({ remaining: 0, frozen: 0, takenBack: 100 })
  })

  it('are revoked for a credit note to the balance, and once for one that refunds', async () => {
    await buy()
    const note = { object: 'credit_note', status: 'issued', post_payment_amount: 300 }
    standIn.account.returns.put(`cn_${made}_1`, invoice, { ...note, refunds: [] })
    await tell('credit_note.created', `cn_${made}_1`)
    expect(await balance()).toEqual([66.666_666, 0])
    refund(1, 300)
    standIn.account.returns.put(`cn_${made}_2`, invoice, {
      ...note,
      refunds: [{ amount_refunded: 300 }],
    })
    await tell('credit_note.created', `cn_${made}_2`)
    await tell('charge.refunded', charge())
    expect(await balance()).toEqual([33.333_333, 0])
    standIn.account.returns.put(`cn_${made}_1`, invoice, { status: 'void' })
    await tell('credit_note.voided', `cn_${made}_1`)
    expect(await balance()).toEqual([66.666_666, 0])
  })

  it('are right even if the refund arrives before the payment', async () => {
    refund(1, 450)
    await buy()
    expect(await balance()).toEqual([50, 0])
    await tell('charge.refunded', charge())
    expect(await balance()).toEqual([50, 0])
  })

  it('do not return to a grant that was ended by hand', async () => {
    await buy()
    await use(20)
    dispute('needs_response')
    await tell('charge.dispute.created', `dp_${made}`)
    await tollgate.grants.end({ organizationId: id, grantId: (await grant())?.id as string })
    dispute('won')
    await tell('charge.dispute.closed', `dp_${made}`)
    expect(await balance()).toEqual([0, 0])
    refund(1, 900)
    await tell('charge.refunded', charge())
    expect(await balance()).toEqual([-20, 20])
  })

  it('are not bought again automatically after they are revoked', async () => {
    await buy()
    const topUp = { below: 20, credits: 100, amount: '9.00' }
    await tollgate.grants.setTopUp({ organizationId: id, ...topUp })
    refund(1, 900)
    await tell('charge.refunded', charge())
    await tollgate.billing.run()
    const { data } = await sdkFor(standIn).invoices.list({ customer })
    expect(data).toEqual([])
    expect((await tollgate.grants.balance({ organizationId: id })).topUp).toBeNull()
    expect(await actions()).toContain('top_up.stopped')
  })

  it('ignore invoices that are no top-up, and charges without an invoice', async () => {
    expect(await tell('charge.refunded', 'ch_of_nobody')).toMatchObject({ outcome: 'gone' })
    standIn.account.put(invoice, {
      object: 'invoice',
      customer,
      status: 'paid',
      currency: 'usd',
      attempt_count: 1,
      amount_due: 900,
      amount_paid: 900,
      status_transitions: { paid_at: 1_775_000_000 },
    })
    refund(1, 900)
    expect(await tell('charge.refunded', charge())).toMatchObject({ outcome: 'applied' })
    expect(await balance()).toEqual([0, 0])
  })

  it.each<[string, object, number]>([
    [
      'below the minimum charge',
      { amount_due: 0, amount_paid: 0, total: 30, ending_balance: 30 },
      0,
    ],
    ['elsewhere', { amount_paid_off_stripe: 900 }, 0],
    ['elsewhere in part', { amount_paid_off_stripe: 450 }, 50],
    ['free by a coupon', { amount_due: 0, amount_paid: 0, total: 0 }, 0],
    [
      'from the customer balance',
      { amount_due: 0, amount_paid: 0, total: 900, starting_balance: -900, ending_balance: 0 },
      100,
    ],
    [
      'partly from the customer balance',
      { amount_due: 500, amount_paid: 500, total: 900, starting_balance: -400, ending_balance: 0 },
      100,
    ],
  ])('are granted for money only: an invoice paid %s', async (_, more, expected) => {
    await buy(more)
    await tell('invoice.payment_succeeded', invoice)
    expect(await balance()).toEqual([expected, 0])
    expect(await actions()).toEqual([expected === 0 ? 'top_up.unpaid' : 'top_up.paid'])
  })
})
