import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareFractions,
  formatFraction,
  fraction,
  fractionOf,
  multiplyFractions,
  negateFraction,
  parsePrice,
  roundFraction,
  sumFractions,
} from '../../../src/core/billing/fraction.ts'

const value = fc
  .tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(1n, 10n ** 12n))
  .map(([numerator, denominator]) => fraction(numerator, denominator))

describe('fractions', () => {
  it('are in lowest terms with the sign in the numerator, so that equal values are equal', () => {
    expect(fraction(6n, -4n)).toEqual({ numerator: -3n, denominator: 2n })
    expect(fraction(0n, -7n)).toEqual({ numerator: 0n, denominator: 1n })
    expect(() => fraction(1n, 0n)).toThrow(RangeError)
  })

  it('add thirds to a whole, which decimals cannot', () => {
    const third = fraction(1n, 3n)
    expect(sumFractions([third, third, third])).toEqual(fraction(1n, 1n))
    expect(sumFractions([])).toEqual(fraction(0n, 1n))
  })

  it.each([
    ['0.005', 2, 1n],
    ['0.0049', 2, 0n],
    ['-0.005', 2, -1n],
    ['-0.0049', 2, 0n],
    ['2.5', 0, 3n],
    ['-2.5', 0, -3n],
    ['1.0005', 3, 1001n],
  ])('round %s at %i decimals to %s, half away from zero', (text, scale, units) => {
    const magnitude = fractionOf(parsePrice(text.replace('-', ''), 'it'))
    expect(roundFraction(text.startsWith('-') ? negateFraction(magnitude) : magnitude, scale)).toBe(
      units,
    )
  })

  it('round an amount and its negative to opposite figures', () => {
    fc.assert(
      fc.property(value, fc.integer({ min: 0, max: 4 }), (amount, scale) => {
        expect(roundFraction(negateFraction(amount), scale)).toBe(-roundFraction(amount, scale))
      }),
    )
  })

  it('obey the laws of addition, multiplication and order', () => {
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        const times = multiplyFractions
        expect(sumFractions([a, b, c])).toEqual(sumFractions([c, a, b]))
        expect(sumFractions([a, b, negateFraction(b)])).toEqual(a)
        expect(times(a, sumFractions([b, c]))).toEqual(sumFractions([times(a, b), times(a, c)]))
        const difference = sumFractions([a, negateFraction(b)])
        expect(Math.sign(compareFractions(a, b))).toBe(
          difference.numerator < 0n ? -1 : difference.numerator > 0n ? 1 : 0,
        )
      }),
    )
  })

  it('are written as a decimal if there is one', () => {
    expect(formatFraction(fraction(1n, 8n))).toBe('0.125')
    expect(formatFraction(fraction(-49n, 1n))).toBe('-49')
    expect(formatFraction(fraction(49n, 31n))).toBe('49/31')
  })

  it.each(['-1', 'ten', '', 'NaN', '1e999'])('refuse %j as a price, and name it', (text) => {
    expect(() => parsePrice(text, 'the price of pro')).toThrow(/the price of pro must be/)
  })
})
