import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  add,
  compare,
  type Decimal,
  exactDecimal,
  formatDecimal,
  formatUnits,
  MAX_FLOW_UNITS,
  MAX_STATE_UNITS,
  multiply,
  numberFromUnits,
  parseDecimal,
  toUnits,
} from '../../src/core/amounts.ts'

const scales = fc.integer({ min: 0, max: 18 })
const decimals: fc.Arbitrary<Decimal> = fc.record({
  units: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  scale: scales,
})
/** Both decimals as whole numbers of a common unit, computed without the tested code. */
const atCommonScale = (a: Decimal, b: Decimal): [bigint, bigint] => [
  a.units * 10n ** BigInt(40 - a.scale),
  b.units * 10n ** BigInt(40 - b.scale),
]

describe('parseDecimal', () => {
  it.each([
    ['0', 0n, 0],
    ['-0', 0n, 0],
    ['0.000', 0n, 0],
    ['0e5', 0n, 0],
    ['2.50', 25n, 1],
    ['-2.5', -25n, 1],
    ['007', 7n, 0],
    ['1e21', 10n ** 21n, 0],
    ['1.5e3', 1500n, 0],
    ['1.5E+3', 1500n, 0],
    ['1e-7', 1n, 7],
    ['12300e-4', 123n, 2],
    ['0.01875', 1875n, 5],
    [1e-7, 1n, 7],
    [1e21, 10n ** 21n, 0],
    [0.1, 1n, 1],
    [0.1 + 0.2, 30000000000000004n, 17],
  ])('reads %s in lowest terms', (value, units, scale) => {
    expect(parseDecimal(value)).toEqual({ units, scale })
  })

  it.each([
    '',
    ' ',
    '1 ',
    '+1',
    '.5',
    '5.',
    '1,000',
    '0x10',
    '1e',
    'e5',
    'NaN',
    '--1',
    '1.2.3',
    '１',
  ])('refuses %j, because it is no decimal', (text) => {
    expect(parseDecimal(text)).toBeUndefined()
  })

  it.each([NaN, Infinity, -Infinity])('refuses %s, because it is not finite', (value) => {
    expect(parseDecimal(value)).toBeUndefined()
  })

  it('accepts 40 digits and refuses 41', () => {
    expect(parseDecimal('9'.repeat(40))?.units).toBe(10n ** 40n - 1n)
    expect(parseDecimal('9'.repeat(41))).toBeUndefined()
    expect(parseDecimal('1'.repeat(1_000_000))).toBeUndefined()
  })

  it('accepts an exponent of ±40 and refuses one of ±41', () => {
    expect(parseDecimal('1e40')).toEqual({ units: 10n ** 40n, scale: 0 })
    expect(parseDecimal('1e-40')).toEqual({ units: 1n, scale: 40 })
    expect(parseDecimal('1e41')).toBeUndefined()
    expect(parseDecimal('1e-41')).toBeUndefined()
    expect(parseDecimal(Number.MIN_VALUE)).toBeUndefined()
  })

  it('reads back every amount that formatUnits writes', () => {
    fc.assert(
      fc.property(decimals, ({ units, scale }) => {
        const read = parseDecimal(formatUnits(units, scale))
        expect(read && toUnits(read, scale)).toBe(units)
      }),
    )
  })

  it('reads every usual double as the decimal that String prints', () => {
    const doubles = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e20, max: 1e20 })
    fc.assert(
      fc.property(doubles, (value) => {
        const read = parseDecimal(value)
        if (read) expect(Number(formatDecimal(read))).toBe(value === 0 ? 0 : value)
        else expect(Math.abs(value)).toBeLessThan(1e-40)
      }),
    )
  })
})

describe('exactDecimal', () => {
  it('equals parseDecimal for valid text, and throws for other text', () => {
    expect(exactDecimal('1.50')).toEqual({ units: 15n, scale: 1 })
    expect(() => exactDecimal('abc')).toThrow(RangeError)
  })
})

describe('arithmetic', () => {
  it('adds exactly', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const [left, right] = atCommonScale(a, b)
        expect(toUnits(add(a, b), 40)).toBe(left + right)
      }),
    )
  })

  it('multiplies exactly', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const [left, right] = atCommonScale(a, b)
        expect(toUnits(multiply(a, b), 80)).toBe(left * right)
      }),
    )
  })

  it('compares by value, whatever the scales', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const [left, right] = atCommonScale(a, b)
        expect(Math.sign(compare(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0)
      }),
    )
    expect(compare({ units: 10n, scale: 1 }, { units: 1n, scale: 0 })).toBe(0)
  })
})

describe('toUnits', () => {
  it.each([
    ['0.5', 0, 1n],
    ['0.49', 0, 0n],
    ['1.5', 0, 2n],
    ['2.5', 0, 3n],
    ['-0.5', 0, -1n],
    ['-0.49', 0, 0n],
    ['-2.5', 0, -3n],
    ['1.2345675', 6, 1234568n],
    ['1.23456749', 6, 1234567n],
    ['3', 6, 3_000_000n],
    ['0.05', 1, 1n],
  ])('rounds %s at scale %i half away from zero to %s', (text, scale, units) => {
    expect(toUnits(exactDecimal(text), scale)).toBe(units)
  })

  it('is within half a unit of the value', () => {
    fc.assert(
      fc.property(decimals, scales, (decimal, scale) => {
        const [rounded, exact] = atCommonScale({ units: toUnits(decimal, scale), scale }, decimal)
        const distance = rounded < exact ? exact - rounded : rounded - exact
        expect(distance * 2n <= 10n ** BigInt(40 - scale)).toBe(true)
      }),
    )
  })
})

describe('formatUnits', () => {
  it.each([
    [0n, 6, '0'],
    [28_000_000n, 6, '28'],
    [1n, 6, '0.000001'],
    [-1_500_000n, 6, '-1.5'],
    [1200n, 0, '1200'],
    [10n ** 30n, 2, '10000000000000000000000000000'],
  ])('writes %s at scale %i as %s: without exponent or trailing zeros', (units, scale, text) => {
    expect(formatUnits(units, scale)).toBe(text)
  })
})

describe('numberFromUnits', () => {
  it('equals the parsed decimal text, on either code path', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.nat(30), (units, scale) => {
        expect(numberFromUnits(units, scale)).toBe(Number(formatUnits(units, scale)))
        const small = units % 2n ** 53n
        expect(numberFromUnits(small, scale)).toBe(Number(formatUnits(small, scale)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is the nearest double, even where dividing doubles is not', () => {
    const units = 9_007_199_254_740_993n * 10n ** 6n + 5n
    expect(numberFromUnits(units, 6)).toBe(9_007_199_254_740_994)
    expect(numberFromUnits(300_000n, 6)).toBe(0.3)
    expect(numberFromUnits(-1n, 12)).toBe(-1e-12)
  })

  it('round-trips every number with at most six decimals', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 6 }), (n, s) => {
        const value = Number(`${n}e-${s}`)
        const read = parseDecimal(value)
        expect(read && numberFromUnits(toUnits(read, 6), 6)).toBe(value)
      }),
    )
  })
})

describe('bounds', () => {
  it('allow nine million of the largest events to be summed in an int8', () => {
    expect(MAX_FLOW_UNITS * 9_000_000n < 2n ** 63n).toBe(true)
  })

  it('keep every state a whole number in a double', () => {
    expect(BigInt(Number(MAX_STATE_UNITS))).toBe(MAX_STATE_UNITS)
  })
})
