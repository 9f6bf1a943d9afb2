import { afterEach, beforeEach, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { seededRandom } from '../../src/engine/demo/seeded-random.ts'
import {
  type BilledPlatform,
  emptied,
  openBilledPlatform,
} from '../connectors/stripe/billed-platform.ts'
import { deliver, deliverUntilTaken } from '../connectors/stripe/stand-in.ts'
import { times } from '../setup/form.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'

/** Event deliveries for a few invoices, each sent many times. */
const DELIVERIES = times('TOLLGATE_TOP_UP_DELIVERIES', { short: 100, long: 400 })
const AT_ONCE = 20
const TOP_UPS = 20
const HOUR = 3_600_000

describeEmbeddedFirst('top-ups paid at Stripe', (open) => {
  let platform: BilledPlatform
  let tollgate: TollgateEngine
  let acme: { readonly id: string; readonly customer: string }
  beforeEach(async () => {
    // A hundred concurrent deliveries make several requests each.
    platform = await openBilledPlatform({ stripe: { timeoutMs: 20_000 } })
    const db = await open()
    await emptied(db)
    tollgate = await platform.engine(db)
    acme = (await platform.organizations(tollgate, [0]))[0] as typeof acme
  })
  afterEach(() => platform.close())

  const invoice = (id: string, metadata: Record<string, string>, more: object = {}) =>
    platform.standIn.account.put(id, {
      object: 'invoice',
      customer: acme.customer,
      status: 'paid',
      currency: 'usd',
      attempt_count: 1,
      amount_due: 900,
      amount_paid: 900,
      metadata,
      status_transitions: { paid_at: 1_775_000_000 },
      ...more,
    })
  const granted = async () => (await tollgate.grants.balance({ organizationId: acme.id })).granted

  it(`grant their credits once, through ${DELIVERIES} deliveries in any order`, async () => {
    const another = await platform.engine(await open())
    const random = seededRandom('top-ups')
    const credits = Array.from({ length: TOP_UPS }, () => random.whole(1, 1_000))
    for (const [i, amount] of credits.entries()) {
      invoice(`in_${i}`, { tollgate_top_up: `top-${i}`, tollgate_credits: `${amount}.5` })
    }
    const types = ['invoice.finalized', 'invoice.paid', 'invoice.payment_succeeded']
    const ids = credits.flatMap((_, i) => types.map((type) => ({ type, invoice: `in_${i}` })))
    for (let sent = 0; sent < DELIVERIES; sent += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, (_, lane) => {
          const n = sent + lane < ids.length ? sent + lane : random.whole(0, ids.length - 1)
          const { type, invoice: about } = ids[n] as (typeof ids)[number]
          const event = platform.standIn.event(type, about, { id: `evt_${n}` })
          return deliverUntilTaken(lane % 2 === 0 ? tollgate : another, event)
        }),
      )
      // Some arrive again after Stripe's own retention has passed.
      if (random.whole(0, 4) === 0) await platform.clock.advance(25 * HOUR)
    }
    expect(await granted()).toBe(credits.reduce((sum, amount) => sum + amount + 0.5, 0))
  })

  it('grant nothing before payment, and once if two invoices belong to one top-up', async () => {
    const metadata = { tollgate_top_up: 'one', tollgate_credits: '10' }
    invoice('in_1', metadata, { status: 'open' })
    await deliver(tollgate, platform.standIn.event('invoice.payment_failed', 'in_1'))
    expect(await granted()).toBe(0)
    invoice('in_1', metadata)
    invoice('in_2', metadata)
    for (const id of ['in_1', 'in_2']) {
      await deliver(tollgate, platform.standIn.event('invoice.paid', id))
    }
    expect(await granted()).toBe(10)
  })

  it('wait until their customer is linked, and report an invoice that names no credits', async () => {
    const { standIn } = platform
    const { id } = await platform.stripe.customers.create({})
    invoice('in_1', { tollgate_top_up: 'x', tollgate_credits: '10' }, { customer: id })
    const paid = standIn.event('invoice.paid', 'in_1')
    const refused = deliver(tollgate, paid)
    await expect(refused).rejects.toMatchObject({ code: 'unprocessable' })
    await tollgate.organizations.create({ id: 'new', name: 'new', plan: 'api-platform/pro' })
    await tollgate.stripe.setCustomer({ organizationId: 'new', customerId: id })
    expect(await deliver(tollgate, paid)).toMatchObject({ outcome: 'applied' })
    expect((await tollgate.grants.balance({ organizationId: 'new' })).granted).toBe(10)
    invoice('in_2', { tollgate_top_up: 'y', tollgate_credits: 'ten' })
    await deliver(tollgate, standIn.event('invoice.paid', 'in_2'))
    expect(await granted()).toBe(0)
    const { items } = await tollgate.audit.list({ organizationId: acme.id, category: 'billing' })
    expect(items[0]).toMatchObject({ action: 'top_up.refused', subject: 'top_up:y' })
  })
})
