import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical } from '../../src/core/canonical.ts'

/** The definition: every object is rebuilt with sorted keys. */
const rebuilt = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.keys(value)
          .sort()
          .map((key) => [key, rebuilt((value as Record<string, unknown>)[key])]),
      )

describe('canonical JSON', () => {
  it('is equal for equal content, in whatever order its keys were set', () => {
    expect(canonical({ b: 1, a: { d: 2, c: 3 } })).toBe('{"a":{"c":3,"d":2},"b":1}')
    expect(canonical({ a: 1, b: null, c: 'x' })).toBe('{"a":1,"b":null,"c":"x"}')
    expect(canonical({ tokens: 120 })).toBe('{"tokens":120}')
    // Numeric names come first in every object, whatever their order as texts.
    expect(canonical({ 10: 1, 9: 2, b: 3, a: 4 })).toBe('{"9":2,"10":1,"a":4,"b":3}')
  })

  it('is the text of the sorted content, flat or nested', () => {
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null))
    const key = fc.oneof(fc.string({ maxLength: 3 }), fc.nat(20).map(String))
    const flat = fc.dictionary(key, leaf)
    const nested = fc.dictionary(key, fc.oneof(leaf, flat))
    fc.assert(
      fc.property(fc.oneof(flat, nested), (value) => {
        expect(canonical(value)).toBe(JSON.stringify(rebuilt(value)))
      }),
    )
  })
})
