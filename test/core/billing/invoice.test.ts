import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactDecimal, formatUnits } from '../../../src/core/amounts.ts'
import { currencyOf } from '../../../src/core/billing/currencies.ts'
import {
  compareFractions,
  type Fraction,
  fraction,
  fractionOf,
  negateFraction,
  sumFractions,
} from '../../../src/core/billing/fraction.ts'
import { buildInvoice, type LineDraft, type LineKind } from '../../../src/core/billing/invoice.ts'
import { rateOverage } from '../../../src/core/billing/rating.ts'
import { overagePriceOfLimit } from './overage-price-of-limit.ts'

const amount = (text: string) => fractionOf(exactDecimal(text))
const line = (kind: LineKind, of: Fraction | string): LineDraft => ({
  kind,
  description: kind,
  amount: typeof of === 'string' ? amount(of) : of,
})
const invoiceOf = (currency: string, lines: readonly LineDraft[]) =>
  buildInvoice({ currency, lines })
const minorUnits = (currency: string, lines: readonly LineDraft[]) =>
  invoiceOf(currency, lines).lines.map((l) => l.minorUnits)

describe('an invoice', () => {
  it('of Pro with 105,000 calls is $49.00 + $5.00 = $54.00', () => {
    const pro = { id: 'pro/1', meterScale: 0, max: 100_000, unitPrice: '0.001' }
    const overage = rateOverage(overagePriceOfLimit(pro), 105_000n)
    const invoice = invoiceOf('USD', [
      line('subscription', '49'),
      { ...line('overage', fractionOf(overage.amount)), description: 'API calls' },
    ])
    expect(invoice.lines.map((l) => l.minorUnits)).toEqual([4_900n, 500n])
    expect(invoice.totalMinorUnits).toBe(5_400n)
    expect(formatUnits(invoice.dueMinorUnits, invoice.currency.exponent)).toBe('54')
  })

  it('stores each line with its own data', () => {
    const withSource = { ...line('overage', '5'), meter: 'api_calls' }
    const invoice = buildInvoice({ currency: 'USD', lines: [withSource] })
    expect(invoice.lines[0]?.meter).toBe('api_calls')
  })

  it('rounds each line once, half away from zero, so a credit cancels its charge', () => {
    const halves = ['0.005', '0.015', '0.0049999'].map((text) => line('adjustment', text))
    expect(minorUnits('USD', halves)).toEqual([1n, 2n, 0n])
    expect(minorUnits('USD', [line('credit', '-0.005'), line('credit', '-1.005')])).toEqual([
      -1n,
      -101n,
    ])
  })

  it('is the sum of its rounded lines, not the rounded sum: 3 × $0.005 is $0.03', () => {
    const invoice = invoiceOf('USD', Array(3).fill(line('overage', '0.005')))
    expect(invoice.totalMinorUnits).toBe(3n)
  })

  it.each([
    ['JPY', '1234.5', 1_235n],
    ['KRW', '0.49', 0n],
    ['USD', '1234.565', 123_457n],
    ['KWD', '1234.5675', 1_234_568n],
    ['BHD', '0.0004', 0n],
  ])('in %s rounds %s to %s of its minor units', (code, text, units) => {
    expect(minorUnits(code, [line('overage', text)])).toEqual([units])
  })

  it.each(['usd', 'XXX', 'US', '', 'BTC', 'constructor'])('is refused in %j', (code) => {
    expect(() => invoiceOf(code, [])).toThrow(RangeError)
  })

  it('with more credits than charges is carried over, not paid out', () => {
    const invoice = invoiceOf('USD', [line('subscription', '49'), line('proration', '-60.50')])
    expect(invoice.totalMinorUnits).toBe(-1_150n)
    expect([invoice.dueMinorUnits, invoice.carriedMinorUnits]).toEqual([0n, 1_150n])
  })

  it.each<[LineKind, string]>([
    ['subscription', '-1'],
    ['overage', '-0.0001'],
    ['credit', '0.0001'],
  ])('is refused with a line of %s of %s', (kind, text) => {
    expect(() => invoiceOf('USD', [line(kind, text)])).toThrow(new RegExp(kind))
    expect(minorUnits('USD', [line(kind, '0')])).toEqual([0n])
  })

  it("past a column's maximum is refused, for a line and for the total", () => {
    const most = line('overage', fraction(2n ** 63n - 1n, 100n))
    expect(minorUnits('USD', [most])).toEqual([2n ** 63n - 1n])
    expect(() => invoiceOf('USD', [line('overage', fraction(2n ** 63n, 100n))])).toThrow(RangeError)
    expect(() => invoiceOf('USD', [most, line('overage', '0.01')])).toThrow(RangeError)
  })

  it('of any amounts adds up, and each line is within half a minor unit of its exact amount', () => {
    const exact = fc
      .tuple(fc.bigInt(0n, 10n ** 15n), fc.bigInt(0n, 10n ** 11n), fc.bigInt(1n, 31n * 86_400n))
      .map(([units, rate, seconds]) => fraction(units * rate, 10n ** 12n * seconds))
    const drafts = fc.array(fc.tuple(exact, fc.boolean()), { maxLength: 12 })
    fc.assert(
      fc.property(fc.constantFrom('JPY', 'USD', 'KWD'), drafts, (code, drawn) => {
        const lines = drawn.map(([of, isBack]) =>
          line('adjustment', isBack ? negateFraction(of) : of),
        )
        const invoice = invoiceOf(code, lines)
        const half = fraction(1n, 2n * 10n ** BigInt(invoice.currency.exponent))
        let total = 0n
        for (const { minorUnits: units, amount: of } of invoice.lines) {
          total += units
          const rounded = fraction(units, 10n ** BigInt(invoice.currency.exponent))
          const off = sumFractions([rounded, negateFraction(of)])
          const away = of.numerator < 0n ? negateFraction(off) : off
          expect(compareFractions(away, half)).toBeLessThanOrEqual(0)
          expect(compareFractions(away, negateFraction(half))).toBeGreaterThan(0)
        }
        expect(invoice.totalMinorUnits).toBe(total)
        expect(invoice.dueMinorUnits - invoice.carriedMinorUnits).toBe(total)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('currencies', () => {
  it.each([
    ['JPY', 0],
    ['ISK', 0],
    ['UGX', 0],
    ['USD', 2],
    ['EUR', 2],
    ['HUF', 2],
    ['MGA', 2],
    ['KWD', 3],
    ['IQD', 3],
  ])('have the decimals of ISO 4217: %s has %i', (code, exponent) => {
    expect(currencyOf(code)).toEqual({ code, exponent })
  })
})
