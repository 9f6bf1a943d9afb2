import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Drift } from '../../src/contract/stripe.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import {
  type BilledPlatform,
  emptied,
  openBilledPlatform,
} from '../connectors/stripe/billed-platform.ts'
import type { StripeItem } from '../connectors/stripe/stand-in.ts'
import { describeEmbeddedFirst } from '../setup/substrates.ts'

describeEmbeddedFirst('comparing the books with Stripe', (open) => {
  let platform: BilledPlatform
  let db: Database
  let tollgate: TollgateEngine
  let organizations: readonly { readonly id: string; readonly customer: string }[]

  const bill = async (overages: readonly number[]) => {
    organizations = await platform.organizations(tollgate, overages)
    await platform.endPeriod(tollgate)
    await tollgate.billing.run()
    await platform.clock.advance(1_000)
  }
  beforeEach(async () => {
    platform = await openBilledPlatform()
    db = await open()
    await emptied(db)
    tollgate = await platform.engine(db)
  })
  afterEach(() => platform.close())

  const itemOf = (n: number): StripeItem =>
    platform.itemsOf(organizations[n]?.customer as string)[0] as StripeItem
  const kindsOf = async (n?: number) => {
    const organizationId = n === undefined ? undefined : organizations[n]?.id
    const { drift } = await tollgate.stripe.reconcile(organizationId ? { organizationId } : {})
    return drift.map(({ kind }) => kind)
  }

  it('finds nothing if both sides agree', async () => {
    await bill([5_000, 0, 1_000])
    expect(await tollgate.stripe.reconcile()).toMatchObject({
      organizations: 3,
      charges: 2,
      clean: true,
      drift: [],
      counts: { missing: 0, unknown: 0, amount: 0, waiting: 0 },
    })
  })

  it('reports each kind of difference, with both sides', async () => {
    await bill([1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000])
    const { account } = platform.standIn
    const others = organizations.map(({ customer }) => customer)
    account.deleteItem(itemOf(0).id)
    account.editItem(itemOf(1).id, { amount: 99 })
    account.editItem(itemOf(2).id, { currency: 'eur' })
    account.editItem(itemOf(3).id, { description: 'as somebody likes it' })
    await platform.stripe.invoiceItems.create({
      customer: others[4] as string,
      amount: 100,
      currency: 'usd',
      metadata: { tollgate_key: itemOf(4).metadata.tollgate_key as string },
    })
    await platform.stripe.invoiceItems.create({
      customer: others[5] as string,
      amount: 7,
      currency: 'usd',
      metadata: { tollgate_key: 'tollgate_of_nobody' },
    })
    // These are not ours, so reconcile must ignore them.
    await platform.stripe.invoiceItems.create({
      customer: others[5] as string,
      amount: 8,
      currency: 'usd',
    })
    account.editItem(itemOf(6).id, { customer: others[5] as string })
    const found: Drift[] = []
    const report = await tollgate.stripe.reconcile({}, { onDrift: (one) => void found.push(one) })
    expect(report.clean).toBe(false)
    expect(report.drift).toEqual(found)
    const told = found.map(({ kind, organizationId, here, atStripe }) => [
      organizations.findIndex(({ id }) => id === organizationId),
      kind,
      here?.split(',')[0] ?? null,
      atStripe,
    ])
    expect(told.sort()).toEqual([
      [0, 'missing', '1.00 USD', null],
      [1, 'amount', '1.00 USD', '0.99 USD'],
      [2, 'currency', '1.00 USD', '1.00 EUR'],
      [3, 'edited', '1.00 USD', expect.stringContaining('as somebody likes it')],
      [4, 'edited', '1.00 USD', expect.any(String)],
      [4, 'twice', '1.00 USD', '1.00 USD'],
      [5, 'unknown', null, '0.07 USD'],
      [6, 'customer', '1.00 USD', others[5]],
    ])
    expect(report.counts).toMatchObject({
      missing: 1,
      twice: 1,
      unknown: 1,
      customer: 1,
      edited: 2,
    })
    expect(await kindsOf(1)).toEqual(['amount'])
  })

  it('reports what is still waiting, even if Stripe already has it', async () => {
    platform.standIn.failWhen(({ method, body }) => {
      if (method !== 'POST' || body.get('customer') === null) return undefined
      return body.get('customer') === organizations?.[1]?.customer ? 'reset-when-done' : 'reset'
    })
    organizations = await platform.organizations(tollgate, [1_000, 1_000])
    await platform.endPeriod(tollgate)
    await tollgate.billing.run()
    await platform.clock.advance(1_000)
    const { drift } = await tollgate.stripe.reconcile()
    expect(drift.map(({ kind, atStripe }) => `${kind}: ${atStripe}`).sort()).toEqual([
      expect.stringMatching(/^waiting: Stripe: /),
      'waiting: made, and not written down yet',
    ])
    platform.standIn.failWhen(() => undefined)
    await platform.clock.advance(3_600_000)
    await tollgate.billing.run()
    expect(await kindsOf()).toEqual([])
  })

  it('reports invoices closed while collection was off', async () => {
    const withoutStripe = await createTollgate({
      database: db,
      clock: platform.clock,
      catalogs: ['api-platform'],
    })
    organizations = await platform.organizations(tollgate, [2_000])
    await platform.endPeriod(tollgate)
    await withoutStripe.admin.closePeriods()
    await platform.clock.advance(1_000)
    const { drift } = await tollgate.stripe.reconcile()
    expect(drift).toMatchObject([
      { kind: 'not_charged', here: expect.stringMatching(/: 200 to be collected, 0 of charges$/) },
    ])
    await expect(withoutStripe.stripe.reconcile()).rejects.toMatchObject({
      code: 'unprocessable',
    })
  })

  it('finds nothing after those invoices are collected on request', async () => {
    const withoutStripe = await createTollgate({
      database: db,
      clock: platform.clock,
      catalogs: ['api-platform'],
    })
    organizations = await platform.organizations(tollgate, [2_000, 0, 3_000])
    const [acme, , globex] = organizations as { id: string; customer: string }[]
    const organizationId = acme?.id as string
    const since = platform.clock.now().toISOString()
    await platform.endPeriod(tollgate)
    await withoutStripe.admin.closePeriods()
    const first = (await tollgate.invoices.list({ organizationId })).items[0]?.id as string
    // The second period contains late use of the first, and a credit.
    await tollgate.record({
      id: 'late',
      organizationId,
      eventType: 'api_call',
      timestamp: since,
      quantities: { api_calls: 500 },
    })
    const note = { organizationId, invoiceId: first, amount: '0.30', reason: 'an outage' }
    await tollgate.creditNotes.create(note)
    await platform.endPeriod(tollgate, organizationId)
    await withoutStripe.admin.closePeriods()
    await platform.clock.advance(1_000)
    expect(await tollgate.billing.run()).toMatchObject({ billed: 0, waiting: 0 })
    const uncollected = async () => {
      const { items } = await tollgate.invoices.list({ organizationId })
      const all = items.map(({ id: invoiceId }) =>
        tollgate.invoices.get({ organizationId, invoiceId }),
      )
      return (await Promise.all(all)).map(({ uncollectedMinorUnits }) => uncollectedMinorUnits)
    }
    expect(await uncollected()).toEqual([50 - 30, 200])
    const wanted = { invoices: 3, charges: 4, amount: '5.20', currency: 'USD' }
    expect(await tollgate.stripe.collectSince({ since, dryRun: true })).toEqual({
      ...wanted,
      dryRun: true,
    })
    const later = platform.clock.now().toISOString()
    expect(await tollgate.stripe.collectSince({ since: later })).toMatchObject({ invoices: 0 })
    const another = await platform.engine(await open())
    const both = await Promise.all(
      [tollgate, another].map((one) => one.stripe.collectSince({ since })),
    )
    expect(both.reduce((sum, { charges }) => sum + charges, 0)).toBe(4)
    expect(await tollgate.stripe.collectSince({ since })).toMatchObject({ charges: 0 })
    expect(await tollgate.billing.run()).toMatchObject({ billed: 2, waiting: 0 })
    const amounts = [acme, globex].map((one) =>
      platform.itemsOf(one?.customer as string).map(({ amount }) => amount),
    )
    expect(amounts).toEqual([[200, 50, -30], [300]])
    expect(await uncollected()).toEqual([0, 0])
    await platform.clock.advance(1_000)
    expect(await tollgate.stripe.reconcile()).toMatchObject({ clean: true, charges: 4 })
    const nobody = withoutStripe.stripe.collectSince({ since })
    await expect(nobody).rejects.toMatchObject({ code: 'unprocessable' })
  })

  it('checks the requested range, through all pages of a customer', async () => {
    await bill([1_000])
    const [acme] = organizations
    for (let n = 0; n < 120; n += 1) {
      await platform.stripe.invoiceItems.create({
        customer: acme?.customer as string,
        amount: n,
        currency: 'usd',
        metadata: n % 60 === 0 ? { tollgate_key: `tollgate_${n}` } : {},
      })
    }
    expect(await kindsOf()).toEqual(['unknown', 'unknown'])
    const to = new Date(platform.clock.now().getTime() - 86_400_000).toISOString()
    const from = new Date(Date.parse(to) - 86_400_000).toISOString()
    const before = await tollgate.stripe.reconcile({ from, to })
    expect(before).toMatchObject({ charges: 0, from, to })
    const wrong = tollgate.stripe.reconcile({ from: to, to: from })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_request' })
  })
})
