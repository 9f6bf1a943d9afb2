import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { creditsPaidFor, worthOf } from '../../../src/core/billing/top-up-worth.ts'

const money = (price: bigint, received: bigint, returned = 0n, disputed = 0n) => ({
  price,
  received,
  returned,
  disputed,
})

describe('the worth of purchased credits', () => {
  it('is all of them for the full price, and a share for a partial payment', () => {
    expect(creditsPaidFor(100n, money(900n, 900n))).toBe(100n)
    expect(creditsPaidFor(100n, money(900n, 1_000n))).toBe(100n)
    expect(creditsPaidFor(100n, money(900n, 299n))).toBe(33n)
    expect(creditsPaidFor(100n, money(900n, 0n))).toBe(0n)
    expect(creditsPaidFor(100n, money(0n, 0n))).toBe(0n)
  })

  it('excludes returned money, and freezes disputed credits among the rest', () => {
    expect(worthOf(100n, money(900n, 900n))).toEqual({ kept: 100n, frozen: 0n })
    expect(worthOf(100n, money(900n, 900n, 270n))).toEqual({ kept: 70n, frozen: 0n })
    expect(worthOf(100n, money(900n, 900n, 900n))).toEqual({ kept: 0n, frozen: 0n })
    expect(worthOf(100n, money(900n, 900n, 0n, 900n))).toEqual({ kept: 100n, frozen: 100n })
    expect(worthOf(100n, money(900n, 900n, 300n, 300n))).toEqual({ kept: 66n, frozen: 33n })
  })

  it('stays between zero and the grant, and falls as more is returned', () => {
    const amounts = fc.record({
      given: fc.bigInt(1n, 10n ** 15n),
      received: fc.bigInt(1n, 99_999_999n),
      returnedShare: fc.nat(1_000),
      disputedShare: fc.nat(1_000),
    })
    fc.assert(
      fc.property(amounts, ({ given, received, returnedShare, disputedShare }) => {
        const returned = (received * BigInt(returnedShare)) / 1_000n
        const disputed = ((received - returned) * BigInt(disputedShare)) / 1_000n
        const { kept, frozen } = worthOf(given, money(received, received, returned, disputed))
        expect(kept >= 0n && kept <= given && frozen >= 0n && frozen <= kept).toBe(true)
        const more = worthOf(given, money(received, received, returned + disputed))
        expect(more.kept).toBe(kept - frozen)
      }),
      { numRuns: 200 },
    )
  })
})
