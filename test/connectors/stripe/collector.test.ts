import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStripe } from '../../../src/connectors/stripe/open.ts'
import type { Charge, Collector } from '../../../src/contract/collector.ts'
import { SECRET_KEY, sdkFor } from './sdk.ts'
import { type Failing, openStripeStandIn, type StripeStandIn } from './stand-in.ts'

const START = Date.parse('2026-02-01T01:00:00Z')
const LONG_MS = 600_000

const charge = (more: Partial<Charge> = {}): Charge => ({
  key: 'tollgate_1',
  refusals: 0,
  mayExist: true,
  organizationId: 'acme',
  invoiceId: 'invoice-1',
  minorUnits: 500n,
  currency: 'USD',
  description: 'api_calls past what is included',
  periodStart: new Date('2026-01-01T00:00:00Z'),
  periodEnd: new Date('2026-02-01T00:00:00Z'),
  createdAt: new Date(START),
  ...more,
})

const once = (rule: Failing) => {
  let isFirst = true
  return ({ method }: { method: string }): Failing | undefined => {
    if (method !== 'POST' || !isFirst) return undefined
    isFirst = false
    return rule
  }
}

describe.each([
  { name: 'a Stripe that knows idempotency keys', knowsKeys: true },
  { name: 'a Stripe that knows none', knowsKeys: false },
])('charges at $name', ({ knowsKeys }) => {
  let nowMs = START
  let standIn: StripeStandIn
  let collector: Collector
  let customer: string

  beforeEach(async () => {
    nowMs = START
    standIn = await openStripeStandIn({ now: () => new Date(nowMs), knowsKeys })
    const options = { secretKey: SECRET_KEY, apiBase: standIn.url, timeoutMs: 250 }
    collector = openStripe(options, () => new Date(nowMs))
    customer = (await sdkFor(standIn).customers.create({})).id
  })
  afterEach(() => standIn.close())

  /** Retries until it is created, like the outbox: with another key after a definite refusal. */
  const untilMade = async (asked: Charge): Promise<readonly string[]> => {
    const kinds: string[] = []
    let refusals = asked.refusals
    while (kinds.at(-1) !== 'made' && kinds.length < 5) {
      const [outcome] = await collector.charge(customer, [{ ...asked, refusals }], LONG_MS)
      kinds.push(outcome?.kind ?? 'none')
      if (outcome?.kind === 'refused') refusals += 1
    }
    return kinds
  }

  it('create one item with the amount, the period and the organization', async () => {
    expect(await collector.charge(customer, [charge()], LONG_MS)).toEqual([
      { kind: 'made', externalId: 'ii_000001' },
    ])
    const { data } = await sdkFor(standIn).invoiceItems.list({ customer })
    expect(data).toMatchObject([
      {
        amount: 500,
        currency: 'usd',
        period: { start: 1_767_225_600, end: 1_769_904_000 },
        metadata: { tollgate_key: 'tollgate_1', tollgate_organization: 'acme' },
      },
    ])
  })

  it('find an existing item of any age', async () => {
    await collector.charge(customer, [charge()], LONG_MS)
    nowMs += 40 * 86_400_000
    const again = await collector.charge(customer, [charge({ refusals: 3 })], LONG_MS)
    expect(again).toEqual([{ kind: 'made', externalId: 'ii_000001' }])
    expect(standIn.items.length).toBe(1)
  })

  it('find an existing item among more than one page', async () => {
    const patient = { secretKey: SECRET_KEY, apiBase: standIn.url, timeoutMs: 30_000 }
    const sender = openStripe(patient, () => new Date(nowMs))
    const many = Array.from({ length: 230 }, (_, i) => charge({ key: `tollgate_${i}` }))
    const first = await sender.charge(customer, many, LONG_MS)
    const second = await sender.charge(customer, many, LONG_MS)
    expect(second).toEqual(first)
    expect(standIn.items.length).toBe(230)
  })

  it.each<{ failing: Failing; kinds: string[] }>([
    { failing: 'rate-limit', kinds: ['refused', 'made'] },
    { failing: 'cached-rate-limit', kinds: ['refused', 'made'] },
    // Only its replay shows that the key is used up.
    { failing: 'error', kinds: knowsKeys ? ['unknown', 'refused', 'made'] : ['unknown', 'made'] },
    { failing: 'error-when-done', kinds: ['unknown', 'made'] },
    { failing: 'reset', kinds: ['unknown', 'made'] },
    { failing: 'reset-when-done', kinds: ['unknown', 'made'] },
    { failing: 'half-an-answer', kinds: ['unknown', 'made'] },
    { failing: 'silence', kinds: ['unknown', 'made'] },
    { failing: 'silence-when-done', kinds: ['unknown', 'made'] },
  ])('create an item once through: $failing', async ({ failing, kinds }) => {
    standIn.failWhen(once(failing))
    expect(await untilMade(charge())).toEqual(kinds)
    expect(standIn.items.map(({ amount }) => amount)).toEqual([500])
  })

  it('send one request if the connection breaks, although the SDK would retry', async () => {
    standIn.failWhen(({ method }) => (method === 'POST' ? 'reset-when-done' : undefined))
    await collector.charge(customer, [charge()], LONG_MS)
    const made = standIn.requests.filter(({ path }) => path === '/v1/invoiceitems')
    expect(made.map(({ method }) => method)).toEqual(['GET', 'POST'])
  })

  it('use up no key if the lookup failed', async () => {
    standIn.failWhen(({ method }) => (method === 'GET' ? 'rate-limit' : undefined))
    const outcomes = await collector.charge(customer, [charge()], LONG_MS)
    expect(outcomes).toMatchObject([{ kind: 'unknown', reason: expect.stringContaining('429') }])
    expect(standIn.items).toEqual([])
  })

  it('are refused for an unknown customer', async () => {
    const outcomes = await collector.charge('cus_nobody', [charge()], LONG_MS)
    expect(outcomes).toMatchObject([
      { kind: 'refused', reason: expect.stringContaining('No such') },
    ])
  })

  it('do not accept an item with another amount under their key', async () => {
    await collector.charge(customer, [charge()], LONG_MS)
    const outcomes = await collector.charge(customer, [charge({ minorUnits: 501n })], LONG_MS)
    expect(outcomes).toMatchObject([
      { kind: 'unknown', reason: expect.stringContaining('500 usd of') },
    ])
    expect(standIn.items.length).toBe(1)
  })

  it('do not start if they could still run past their deadline', async () => {
    expect(await collector.charge(customer, [charge()], 249)).toMatchObject([{ kind: 'unknown' }])
    expect(standIn.requests.length).toBe(1)
  })
})
