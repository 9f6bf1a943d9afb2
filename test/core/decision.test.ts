import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalReason, type SeenLimit, standingAfter } from '../../src/core/decision.ts'

const UNIT_MS = 60_000
const START_MS = Date.parse('2026-03-10T12:00:00.123Z')

/** A rate with this debt, in unit-milliseconds, when a call asks for some units. */
const rateSeen = (rate: {
  max: number
  burst?: number | undefined
  debt: number
  asked: number
}): SeenLimit => {
  const before = Math.ceil(rate.debt / UNIT_MS)
  const full = rate.burst ?? rate.max
  return {
    meter: 'calls',
    window: 'minute',
    per: 'organization',
    subject: '',
    startMs: START_MS,
    behavior: 'hard',
    cap: undefined,
    max: BigInt(rate.max),
    burst: rate.burst === undefined ? undefined : BigInt(rate.burst),
    before: BigInt(before),
    leaked: BigInt(before * UNIT_MS - rate.debt),
    asked: BigInt(rate.asked),
    refused: before + rate.asked > full,
  }
}

/**
 * The first moment at which the condition on the debt holds, leaking millisecond by millisecond.
 */
const firstMs = (debt: number, max: number, holds: (debt: number) => boolean): number => {
  let left = debt
  let atMs = START_MS
  while (!holds(left)) {
    left = Math.max(0, left - max)
    atMs += 1
  }
  return atMs
}

/** Rates with few units a minute stay small, so that a simulation is short. */
const rates = fc
  .record({
    max: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 100, max: 90_000 })),
    burst: fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    asked: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ part, ...rate }) => ({
    ...rate,
    debt: Math.floor(part * Math.min(rate.burst ?? rate.max, 12) * UNIT_MS),
  }))

const standing = (seen: SeenLimit) => standingAfter(seen, !seen.refused, 'count', START_MS)

describe("a rate's status after a call", () => {
  it('is empty again exactly when a simulation has leaked everything', () => {
    fc.assert(
      fc.property(rates, (rate) => {
        const seen = rateSeen(rate)
        const debt = rate.debt + (seen.refused ? 0 : rate.asked * UNIT_MS)
        expect(standing(seen).endMs).toBe(firstMs(debt, rate.max, (left) => left === 0))
      }),
      { numRuns: 200 },
    )
  })

  it('allows a refused call exactly when a simulation does, or never', () => {
    fc.assert(
      fc.property(rates, (rate) => {
        const seen = rateSeen(rate)
        const full = rate.burst ?? rate.max
        const fits = (left: number) => Math.ceil(left / UNIT_MS) + rate.asked <= full
        const expected =
          seen.refused && rate.asked <= full ? firstMs(rate.debt, rate.max, fits) : undefined
        expect(standing(seen).retryAtMs).toBe(expected)
      }),
      { numRuns: 400 },
    )
  })

  it('has whole units left, and never more than fit', () => {
    fc.assert(
      fc.property(rates, (rate) => {
        const seen = rateSeen(rate)
        const { used, remaining } = standing(seen)
        const left = BigInt(rate.burst ?? rate.max) - used
        expect(remaining).toBe(left > 0n ? left : 0n)
      }),
    )
  })

  it('has no reset time if nothing refills it', () => {
    const seen = rateSeen({ max: 0, debt: 90_000, asked: 1 })
    expect(standing(seen)).toMatchObject({ endMs: undefined, retryAtMs: undefined, remaining: 0n })
  })

  it('is a whole burst at its start, whatever the call asks for', () => {
    const seen = rateSeen({ max: 30, burst: 5, debt: 0, asked: 6 })
    expect(standing(seen)).toMatchObject({
      used: 0n,
      remaining: 5n,
      endMs: START_MS,
      retryAtMs: undefined,
      percentUsed: 0,
    })
  })
})

describe('the status of a concurrent limit', () => {
  it('has no reset time', () => {
    const seen = {
      ...rateSeen({ max: 2, debt: 2 * UNIT_MS, asked: 1 }),
      window: 'concurrent',
    } as const
    expect(standing(seen)).toMatchObject({ endMs: undefined, retryAtMs: undefined, remaining: 0n })
  })
})

describe("a refusal's reason", () => {
  const seen = rateSeen({ max: 1, debt: UNIT_MS, asked: 1 })
  it.each([
    ['rate_limited', {}],
    ['rate_limited', { meter: 'credits' }],
    ['too_many_concurrent', { window: 'concurrent' }],
    ['limit_exceeded', { window: 'day' }],
    ['credits_exhausted', { window: 'period', meter: 'credits' }],
    ['spend_cap_reached', { window: 'period', behavior: 'overage', cap: 2n }],
    ['spend_cap_reached', { window: 'day', behavior: 'overage', cap: 2n, meter: 'credits' }],
  ] as const)('%s: %o', (reason, limit) => {
    expect(refusalReason({ ...seen, ...limit })).toBe(reason)
  })
})
