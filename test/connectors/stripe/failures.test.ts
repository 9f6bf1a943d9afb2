import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStripe } from '../../../src/connectors/stripe/open.ts'
import type { Charge } from '../../../src/contract/collector.ts'
import type { StripeAccount } from '../../../src/contract/stripe-account.ts'
import { chargesOfInvoice } from '../../../src/engine/billing/charges-of-invoice.ts'
import { SECRET_KEY, sdkFor } from './sdk.ts'
import { type Failing, openStripeStandIn, type StripeStandIn } from './stand-in.ts'

const START = Date.parse('2026-02-01T01:00:00Z')
const LONG_MS = 600_000
const HOUR = 3_600_000

const charge = (more: Partial<Charge> = {}): Charge => ({
  key: 'tollgate_1',
  refusals: 0,
  mayExist: true,
  organizationId: 'acme',
  invoiceId: 'i',
  minorUnits: 500n,
  currency: 'USD',
  description: 'api_calls',
  periodStart: new Date('2026-01-01T00:00:00Z'),
  periodEnd: new Date('2026-02-01T00:00:00Z'),
  createdAt: new Date(START),
  ...more,
})

describe('a failure at Stripe', () => {
  let nowMs = START
  let standIn: StripeStandIn
  let account: StripeAccount
  let customer: string

  beforeEach(async () => {
    nowMs = START
    standIn = await openStripeStandIn({ now: () => new Date(nowMs) })
    const options = { secretKey: SECRET_KEY, apiBase: standIn.url, timeoutMs: 2_000 }
    account = openStripe(options, () => new Date(nowMs))
    customer = (await sdkFor(standIn).customers.create({})).id
  })
  afterEach(() => standIn.close())

  const ask = async (more: Partial<Charge> = {}) => {
    const [outcome] = await account.charge(customer, [charge(more)], LONG_MS)
    return outcome
  }
  const failOnce = (failing: Failing) => {
    let isFirst = true
    standIn.failWhen(({ method }) => {
      if (method !== 'POST' || !isFirst) return undefined
      isFirst = false
      return failing
    })
  }
  const amounts = () => standIn.items.map(({ amount }) => amount)

  it('is a 429, replayed for a day under its key only', async () => {
    failOnce('cached-rate-limit')
    expect(await ask()).toMatchObject({ kind: 'refused' })
    nowMs += 23 * HOUR
    expect(await ask()).toMatchObject({ kind: 'refused', reason: expect.stringMatching(/429/) })
    expect(amounts()).toEqual([])
    expect(await ask({ refusals: 1 })).toMatchObject({ kind: 'made' })
    nowMs += 2 * HOUR
    expect(await ask()).toMatchObject({ kind: 'made' })
    expect(amounts()).toEqual([500])
  })

  it('is a forgotten key after a day: the existing item is found by its metadata', async () => {
    failOnce('reset-when-done')
    expect(await ask({ mayExist: false })).toMatchObject({ kind: 'unknown' })
    nowMs += 25 * HOUR
    expect(await ask()).toEqual({ kind: 'made', externalId: standIn.items[0]?.id })
    expect(amounts()).toEqual([500])
    // Without the lookup there would be two items, because the stand-in does forget.
    expect(await ask({ mayExist: false })).toMatchObject({ kind: 'made' })
    expect(amounts()).toEqual([500, 500])
  })

  it.each<Failing>(['error-when-done', 'half-an-answer', 'reset-when-done'])(
    'is a lost answer: %s',
    async (failing) => {
      failOnce(failing)
      expect(await ask({ mayExist: false })).toMatchObject({ kind: 'unknown' })
      expect(await ask()).toMatchObject({ kind: 'made' })
      expect(amounts()).toEqual([500])
    },
  )

  it('is a finalized invoice: the item goes to the next one', async () => {
    failOnce('not-editable')
    expect(await ask({ mayExist: false })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/no longer editable/),
    })
    expect(await ask({ refusals: 1 })).toMatchObject({ kind: 'made' })
    const invoice = standIn.account.finalize(customer)
    // It is not created again once it is on an invoice either.
    nowMs += 30 * HOUR
    expect(await ask({ refusals: 2 })).toMatchObject({ kind: 'made' })
    expect(standIn.items.map((item) => [item.amount, item.invoice])).toEqual([[500, invoice]])
  })

  it('is a Retry-After, which is obeyed', async () => {
    failOnce('rate-limit-for-two-hours')
    expect(await ask()).toMatchObject({ kind: 'refused', retryAfterMs: 2 * HOUR })
  })

  it('is a limit of 250 items per invoice: the last item sums up the rest', async () => {
    const lines = Array.from({ length: 300 }, (_, i) => ({
      charge: `m${i}/period`,
      description: `meter ${i}`,
      minorUnits: BigInt(i + 1),
    }))
    const entries = chargesOfInvoice({
      id: 'i',
      organization_id: 'acme',
      currency: 'USD',
      lines,
      period_start: new Date('2026-01-01Z'),
      period_end: new Date('2026-02-01Z'),
    })
    const charges = entries.map(({ key, payload }) => {
      const { minorUnits, description } = payload as { minorUnits: string; description: string }
      return charge({ key, description, minorUnits: BigInt(minorUnits), mayExist: false })
    })
    const outcomes = await account.charge(customer, charges, LONG_MS)
    expect(outcomes.every(({ kind }) => kind === 'made')).toBe(true)
    expect(amounts().length).toBe(250)
    expect(amounts().reduce((sum, amount) => sum + amount, 0)).toBe((300 * 301) / 2)
    expect(standIn.items.at(-1)?.description).toMatch(/of 51 further limits$/)
    expect(await ask({ key: 'tollgate_more' })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/At most 250/),
    })
  })

  it('causes no lookup for an item that cannot exist yet', async () => {
    await account.charge(customer, [charge({ mayExist: false })], LONG_MS)
    const asked = standIn.requests.slice(1).map(({ method, path }) => `${method} ${path}`)
    expect(asked).toEqual(['POST /v1/invoiceitems'])
  })
})
