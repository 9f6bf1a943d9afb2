import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CallPrice,
  compilePricing,
  type PricedEventType,
  priceCall,
} from '../../src/core/pricing.ts'

const diagnose: PricedEventType = {
  baseCredits: '10',
  multipliers: ['complexity'],
  bonuses: { echo: '5', traceback: '3' },
}

const creditsOf = (price: CallPrice): bigint => {
  if (!price.ok) throw new Error(JSON.stringify(price.faults))
  return price.microCredits
}
const faultsOf = (price: CallPrice) => (price.ok ? [] : price.faults)

describe('priceCall', () => {
  it('prices base 10, complexity 2.0, echo +5, traceback +3 at 28 credits, and explains it', () => {
    expect(priceCall(diagnose, { complexity: 2.0, echo: true, traceback: true })).toEqual({
      ok: true,
      microCredits: 28_000_000n,
      story: {
        base: '10',
        multipliers: [{ name: 'complexity', value: '2' }],
        bonuses: [
          { name: 'echo', credits: '5' },
          { name: 'traceback', credits: '3' },
        ],
        credits: '28',
      },
    })
  })

  it('prices a call without properties at the base', () => {
    expect(creditsOf(priceCall(diagnose))).toBe(10_000_000n)
    expect(creditsOf(priceCall(diagnose, {}))).toBe(10_000_000n)
  })

  it('does not multiply the bonuses', () => {
    expect(creditsOf(priceCall(diagnose, { complexity: 0, echo: true }))).toBe(5_000_000n)
  })

  it('treats a feature that is off or undefined as absent', () => {
    const properties = { complexity: undefined, echo: false, traceback: undefined }
    expect(creditsOf(priceCall(diagnose, properties))).toBe(10_000_000n)
  })

  it("names a missing required multiplier, and uses another's default", () => {
    const priced: PricedEventType = {
      baseCredits: '0.001',
      multipliers: [{ name: 'tokens', required: true }, { name: 'quality', default: 2.5 }, 'size'],
      bonuses: {},
    }
    const fields = (price: CallPrice) => faultsOf(price).map(({ field }) => field)
    expect(fields(priceCall(priced))).toEqual(['properties.tokens'])
    expect(fields(priceCall(priced, { quality: 1 }))).toEqual(['properties.tokens'])
    expect(creditsOf(priceCall(priced, { tokens: 1_500 }))).toBe(3_750_000n)
    expect(creditsOf(priceCall(priced, { tokens: 1_500, quality: 1, size: 2 }))).toBe(3_000_000n)
    expect(
      creditsOf(priceCall({ ...priced, multipliers: [{ name: 'quality', default: 0 }] })),
    ).toBe(0n)
  })

  it('ignores undeclared properties of any kind', () => {
    const properties = { size: 'huge', toString: 5, nested: { complexity: 9 } }
    expect(creditsOf(priceCall(diagnose, properties))).toBe(10_000_000n)
  })

  it('never reads inherited properties of an object', () => {
    const eventType = { baseCredits: '1', multipliers: ['valueOf'], bonuses: { toString: '1' } }
    expect(creditsOf(priceCall(eventType, { other: 1 }))).toBe(1_000_000n)
    const inherited = Object.create({ complexity: 9 }) as Record<string, unknown>
    expect(creditsOf(priceCall(diagnose, inherited))).toBe(10_000_000n)
  })

  it('multiplies decimals exactly, unlike doubles', () => {
    const eventType = { baseCredits: '0.1', multipliers: ['a', 'b'], bonuses: {} }
    expect(0.1 * 3 * 1).not.toBe(0.3)
    expect(creditsOf(priceCall(eventType, { a: 3, b: 1 }))).toBe(300_000n)
  })

  it('rounds half up, once, at the end', () => {
    const eventType = { baseCredits: '0.000001', multipliers: ['a', 'b'], bonuses: { on: '1' } }
    expect(creditsOf(priceCall(eventType, { a: 0.5 }))).toBe(1n)
    expect(creditsOf(priceCall(eventType, { a: 0.5, b: 0.5 }))).toBe(0n)
    expect(creditsOf(priceCall(eventType, { a: 0.5, b: 3 }))).toBe(2n)
    expect(creditsOf(priceCall(eventType, { a: 0.4, b: 1, on: true }))).toBe(1_000_000n)
  })

  it.each([-1, -0.001, 1_000_000.5, NaN, Infinity, '2', null, true, [2], {}, 10n, 5e-324])(
    'refuses %s as a multiplier, and names the property',
    (complexity) => {
      const [fault, ...others] = faultsOf(priceCall(diagnose, { complexity }))
      expect(fault?.field).toBe('properties.complexity')
      expect(fault?.message).toMatch(/finite number from 0 to 1,000,000/)
      expect(others).toEqual([])
    },
  )

  it.each([1, 0, 'true', null, {}])(
    'refuses %s as a feature flag, and names the property',
    (echo) => {
      expect(faultsOf(priceCall(diagnose, { echo }))).toEqual([
        { field: 'properties.echo', message: 'must be true or false' },
      ])
    },
  )

  it('reports every fault of a call together', () => {
    const faults = faultsOf(priceCall(diagnose, { complexity: 'x', echo: 1, traceback: 'yes' }))
    expect(faults.map((fault) => fault.field)).toEqual([
      'properties.complexity',
      'properties.echo',
      'properties.traceback',
    ])
  })

  it('accepts a call of 1,000,000 credits, and refuses one micro-credit more', () => {
    const eventType = { baseCredits: '1', multipliers: ['n'], bonuses: { more: '0.000001' } }
    expect(creditsOf(priceCall(eventType, { n: 1_000_000 }))).toBe(10n ** 12n)
    expect(faultsOf(priceCall(eventType, { n: 1_000_000, more: true }))).toEqual([
      {
        field: 'properties',
        message: 'would cost 1000000.000001 credits; one call may cost at most 1,000,000',
      },
    ])
  })

  it('agrees with base × multipliers + bonuses, computed in whole millionths', () => {
    const millionths = fc.integer({ min: 0, max: 5_000_000 })
    const decimalText = (n: number) => String(n / 1e6)
    const model = fc.record({
      base: millionths,
      multipliers: fc.array(fc.option(millionths), { maxLength: 4 }),
      bonuses: fc.array(fc.record({ credits: millionths, on: fc.boolean() }), { maxLength: 4 }),
    })
    fc.assert(
      fc.property(model, ({ base, multipliers, bonuses }) => {
        const eventType = {
          baseCredits: decimalText(base),
          multipliers: multipliers.map((_, i) => `m${i}`),
          bonuses: Object.fromEntries(bonuses.map((b, i) => [`b${i}`, decimalText(b.credits)])),
        }
        const properties: Record<string, unknown> = {}
        multipliers.forEach((m, i) => {
          if (m !== null) properties[`m${i}`] = m / 1e6
        })
        bonuses.forEach((bonus, i) => {
          properties[`b${i}`] = bonus.on
        })

        // As a fraction over 10^6 to the power of the number of multipliers plus one.
        const present = multipliers.filter((m) => m !== null)
        const overBase = 10n ** BigInt(6 * present.length)
        const product = present.reduce((total, m) => total * BigInt(m), BigInt(base))
        const on = bonuses.filter((b) => b.on).reduce((sum, b) => sum + BigInt(b.credits), 0n)
        const numerator = product + on * overBase
        const expected = (2n * numerator + overBase) / (2n * overBase)

        expect(creditsOf(priceCall(eventType, properties))).toBe(expected)
      }),
    )
  })
})

describe('compilePricing', () => {
  it('prices every call like priceCall', () => {
    const price = compilePricing(diagnose)
    for (const properties of [undefined, { complexity: 3 }, { echo: true }, { echo: 'no' }, {}]) {
      expect(price(properties)).toEqual(priceCall(diagnose, properties))
    }
  })

  it('refuses an event type with decimals that no catalog allows', () => {
    expect(() => compilePricing({ ...diagnose, baseCredits: 'ten' })).toThrow(RangeError)
  })
})
