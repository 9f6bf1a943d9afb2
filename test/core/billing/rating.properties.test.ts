import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, compare, type Decimal, formatDecimal } from '../../../src/core/amounts.ts'
import type {
  OverageCharge,
  OveragePrice,
  PriceTier,
} from '../../../src/core/billing/overage-price.ts'
import { type RatedUse, rateOverage, ratePeriod } from '../../../src/core/billing/rating.ts'

const sumOf = (amounts: readonly Decimal[]) => amounts.reduce(add, { units: 0n, scale: 0 })
const money = fc.bigInt(0n, 10n ** 9n).map((n) => formatDecimal({ units: n, scale: 6 }))
const tierList = fc
  .uniqueArray(fc.bigInt(1n, 10_000n), { maxLength: 4 })
  .chain((ends) =>
    fc.tuple(
      fc.constant([...ends].sort((a, b) => (a < b ? -1 : 1))),
      fc.array(fc.tuple(money, fc.option(money, { nil: undefined })), {
        minLength: ends.length + 1,
        maxLength: ends.length + 1,
      }),
    ),
  )
  .map(([ends, prices]): PriceTier[] =>
    prices.map(([unitPrice, flatFee], i) => ({
      upTo: ends[i] === undefined ? null : String(ends[i]),
      unitPrice,
      flatFee,
    })),
  )
const charge: fc.Arbitrary<OverageCharge> = fc.oneof(
  money.map((unitPrice) => ({ model: 'flat' as const, unitPrice })),
  tierList.map((list) => ({ model: 'graduated' as const, tiers: list })),
  tierList.map((list) => ({ model: 'volume' as const, tiers: list })),
  fc.tuple(fc.bigInt(1n, 5_000n), money).map(([size, packagePrice]) => ({
    model: 'package' as const,
    packageSize: String(size),
    packagePrice,
  })),
)
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const anyPrice: fc.Arbitrary<OveragePrice> = fc
  .record({
    charge,
    included: optional(fc.bigInt(0n, 10_000n)),
    cap: optional(fc.bigInt(0n, 20_000n)),
    bounds: fc.tuple(optional(money), optional(money)),
  })
  .map(({ bounds: [a, b], ...price }) => {
    const swap = a !== undefined && b !== undefined && Number(a) > Number(b)
    const [minimum, maximum] = swap ? [b, a] : [a, b]
    return { id: 'any', meterScale: 0, ...price, minimum, maximum }
  })
const used = fc.bigInt(0n, 30_000n)

describe('rating, for any price', () => {
  it('gives the same result if a period is cut anywhere and merged', () => {
    fc.assert(
      fc.property(anyPrice, fc.array(used, { minLength: 1, maxLength: 6 }), (price, parts) => {
        const whole = parts.reduce((sum, part) => sum + part, 0n)
        const cut = ratePeriod(parts.map((usedUnits): RatedUse => ({ price, usedUnits })))
        expect(cut).toEqual(rateOverage(price, whole))
      }),
      { numRuns: 500 },
    )
  })

  it('is the sum of its steps, each of which is quantity times price', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyPrice, used), { maxLength: 5 }), (drawn) => {
        const uses = drawn.map(([price, usedUnits], i) => ({
          price: { ...price, id: `p${i % 2}` },
          usedUnits,
        }))
        const rating = ratePeriod(uses)
        expect(compare(sumOf(rating.steps.map(({ amount }) => amount)), rating.amount)).toBe(0)
        expect(compare(rating.amount, { units: 0n, scale: 0 })).toBeGreaterThanOrEqual(0)
        const units = rating.steps.filter(({ kind }) => kind === 'units')
        for (const { quantity, price, amount } of units) {
          const [millionths] = [BigInt(Math.round(Number(price) * 1e6))]
          expect(compare(amount, { units: BigInt(quantity ?? '') * millionths, scale: 6 })).toBe(0)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never decreases as use grows, unless a volume tier is cheaper than the previous one', () => {
    const cost = (price: OveragePrice, units: bigint) => rateOverage(price, units).amount
    const ascends = ({ charge: of }: OveragePrice) =>
      of.model !== 'volume' ||
      of.tiers.every(
        (tier, i) =>
          Number(tier.unitPrice) >= Number(of.tiers[i - 1]?.unitPrice ?? 0) &&
          Number(tier.flatFee ?? 0) >= Number(of.tiers[i - 1]?.flatFee ?? 0),
      )
    fc.assert(
      fc.property(anyPrice, used, used, (price, less, more) => {
        fc.pre(ascends(price))
        expect(compare(cost(price, less + more), cost(price, less))).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 500 },
    )
  })
})
