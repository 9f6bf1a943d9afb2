import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { partsOfAmount } from '../../../src/connectors/stripe/amounts.ts'
import { cutTo, idempotencyKey, metadataOf } from '../../../src/connectors/stripe/limits.ts'
import { openStripe } from '../../../src/connectors/stripe/open.ts'
import type { Charge } from '../../../src/contract/collector.ts'
import type { StripeAccount } from '../../../src/contract/stripe-account.ts'
import { chargesOfInvoice } from '../../../src/engine/billing/charges-of-invoice.ts'
import { SECRET_KEY, sdkFor } from './sdk.ts'
import { openStripeStandIn, type StripeStandIn } from './stand-in.ts'

const AT = new Date('2026-02-01T01:00:00Z')
const LONG_MS = 600_000
const MOST = 99_999_999n

describe("Stripe's limits", () => {
  let standIn: StripeStandIn
  let account: StripeAccount
  let customer: string
  beforeEach(async () => {
    standIn = await openStripeStandIn({ now: () => AT })
    const options = { secretKey: SECRET_KEY, apiBase: standIn.url, timeoutMs: 2_000 }
    account = openStripe(options, () => AT)
    customer = (await sdkFor(standIn).customers.create({})).id
  })
  afterEach(() => standIn.close())

  const asked = { key: 'tollgate_1', refusals: 0, mayExist: true, createdAt: AT }
  const whose = { organizationId: 'o'.repeat(128) }
  const charge: Charge = {
    ...asked,
    key: 'tollgate_4',
    ...whose,
    invoiceId: 'invoice-1',
    minorUnits: MOST,
    currency: 'USD',
    description: '😀'.repeat(5_000),
    periodStart: AT,
    periodEnd: AT,
  }

  it('hold for every request, even with the longest possible values', async () => {
    expect(
      await account.makeCustomer(
        { ...asked, ...whose, name: `${'n'.repeat(254)}😀 and on` },
        LONG_MS,
      ),
    ).toMatchObject({ kind: 'made' })
    const { name } = standIn.account.customers.at(-1) as { name: string }
    expect(name).toBe(`${'n'.repeat(254)}…`)
    expect(await account.charge(customer, [charge], LONG_MS)).toMatchObject([{ kind: 'made' }])
    expect(standIn.items[0]?.description).toMatch(/^(?:😀)+…$/u)
    const order = { ...charge, key: 'tollgate_2', credits: '999999999.999999' }
    expect(await account.topUp(customer, order, LONG_MS)).toMatchObject({ kind: 'made' })
    const use = { key: 'tollgate_3', refusals: 0, firstSentAt: undefined, from: AT, to: AT }
    const metered = { ...use, eventName: 'e'.repeat(100), value: '123456789012345' }
    expect(await account.meter(customer, [metered], LONG_MS)).toMatchObject([{ kind: 'made' }])
    expect(standIn.takeFaults()).toEqual([])
  })

  it('refuse locally what could not be found again if it were shortened', async () => {
    const before = standIn.requests.length
    const long = { ...charge, mayExist: false, organizationId: 'o'.repeat(501) }
    expect(await account.charge(customer, [long], LONG_MS)).toMatchObject(
      [{ kind: 'unknown', reason: /has 501 characters, and Stripe takes 500/ }].map(
        ({ kind, reason }) => ({ kind, reason: expect.stringMatching(reason) }),
      ),
    )
    const much = { ...charge, mayExist: false, minorUnits: MOST + 1n }
    expect(await account.charge(customer, [much], LONG_MS)).toMatchObject([
      { reason: expect.stringMatching(/at most 99999999/) },
    ])
    const part = { key: 'k', refusals: 0, firstSentAt: undefined, from: AT, to: AT }
    const decimals = { ...part, eventName: 'e', value: '10.125' }
    expect(await account.meter(customer, [decimals], LONG_MS)).toMatchObject([
      { reason: expect.stringMatching(/takes whole numbers/) },
    ])
    expect(standIn.requests.length).toBe(before)
    expect(() => idempotencyKey('k'.repeat(250), 123_456)).toThrow(RangeError)
    expect(() => metadataOf({ ['k'.repeat(41)]: '' })).toThrow(RangeError)
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`${n}`, '']))
    expect(() => metadataOf(many)).toThrow(RangeError)
  })

  it('shorten a display text at a whole character, and keep a short one', () => {
    expect(cutTo(5, 'short')).toBe('short')
    expect(cutTo(5, 'longer')).toBe('long…')
    expect(cutTo(3, 'a😀b')).toBe('a…')
  })

  it('split an amount into parts with the same total', () => {
    expect(partsOfAmount(0n)).toEqual([0n])
    expect(partsOfAmount(MOST)).toEqual([MOST])
    expect(partsOfAmount(100_000_000n)).toEqual([MOST, 1n])
    expect(partsOfAmount(-2n * MOST)).toEqual([-MOST, -MOST])
    expect(partsOfAmount(-250_000_000n)).toEqual([-MOST, -MOST, -50_000_002n])
  })

  it('split a charge under stable keys into no more parts than an invoice accepts', () => {
    const invoice = (lines: { charge: string; description: string; minorUnits: bigint }[]) =>
      chargesOfInvoice({
        id: 'i',
        organization_id: 'acme',
        currency: 'USD',
        lines,
        period_start: new Date('2026-01-01Z'),
        period_end: new Date('2026-02-01Z'),
      }).map(({ key, payload }) => ({
        ...(payload as { minorUnits: string; description: string }),
        key,
      }))
    const of = (minorUnits: bigint, n = 0) => ({
      charge: `m${n}/period`,
      description: `meter ${n}`,
      minorUnits,
    })
    const [whole] = invoice([of(5n)])
    const [first, second, ...others] = invoice([of(100_000_000n)])
    expect(others).toEqual([])
    expect([first?.minorUnits, second?.minorUnits]).toEqual(['99999999', '1'])
    expect([first?.key, second?.key]).toEqual([whole?.key, `${whole?.key}_2`])
    expect(second?.description).toBe('meter 0 (part 2 of 2)')
    const lines = Array.from({ length: 300 }, (_, n) => of(n < 40 ? 250_000_000n : 1n, n))
    const all = invoice(lines)
    expect(all.length).toBeLessThanOrEqual(250)
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length)
    const sum = all.reduce((total, one) => total + BigInt(one.minorUnits), 0n)
    expect(sum).toBe(40n * 250_000_000n + 260n)
  })
})
