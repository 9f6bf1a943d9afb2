import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, type Decimal, formatDecimal } from '../../../src/core/amounts.ts'
import type {
  OverageCharge,
  OveragePrice,
  PriceTier,
} from '../../../src/core/billing/overage-price.ts'
import { type Rating, rateOverage, ratePeriod } from '../../../src/core/billing/rating.ts'
import { overagePriceOfLimit } from './overage-price-of-limit.ts'

const pro = overagePriceOfLimit({ id: 'pro/1', meterScale: 0, max: 100_000, unitPrice: '0.001' })
const priced = (charge: OverageCharge, more: Partial<OveragePrice> = {}): OveragePrice => ({
  id: charge.model,
  meterScale: 0,
  included: 0n,
  charge,
  ...more,
})
const tiers: PriceTier[] = [
  { upTo: '1000', unitPrice: '0.01' },
  { upTo: '5000', unitPrice: '0.008' },
  { upTo: null, unitPrice: '0.005' },
]
const graduated = priced({ model: 'graduated', tiers })
const volume = priced({ model: 'volume', tiers })
const packages = priced({ model: 'package', packageSize: '1000', packagePrice: '3' })
const amountOf = (rating: Rating) => formatDecimal(rating.amount)
const stepsOf = ({ steps }: Rating) =>
  steps.map(
    ({ kind, quantity, price, amount }) =>
      `${kind} ${[quantity, price].filter((part) => part !== undefined).join(' × ')} = ${formatDecimal(amount)}`,
  )

describe('the cost of a period', () => {
  it('on Pro, with 100,000 calls included and 105,000 used, is 5,000 × $0.001 = $5.00', () => {
    const rating = rateOverage(pro, 105_000n)
    expect(amountOf(rating)).toBe('5')
    expect(rating.overageUnits).toBe(5_000n)
    expect(stepsOf(rating)).toEqual(['included 100000 = 0', 'units 5000 × 0.001 = 5'])
  })

  it("is zero up to the last included unit, and one unit's price after it", () => {
    expect(amountOf(rateOverage(pro, 100_000n))).toBe('0')
    expect(amountOf(rateOverage(pro, 100_001n))).toBe('0.001')
    expect(amountOf(rateOverage({ ...pro, included: undefined }, 10n ** 15n))).toBe('0')
  })

  it("with graduated tiers charges each unit at its own tier's price", () => {
    // 1,000 × 0.01 + 4,000 × 0.008 + 1,000 × 0.005 = 10 + 32 + 5
    expect(stepsOf(rateOverage(graduated, 6_000n))).toEqual([
      'units 1000 × 0.01 = 10',
      'units 4000 × 0.008 = 32',
      'units 1000 × 0.005 = 5',
    ])
    expect(amountOf(rateOverage(graduated, 6_000n))).toBe('47')
  })

  it("with volume tiers charges all units at the last unit's tier", () => {
    expect(stepsOf(rateOverage(volume, 6_000n))).toEqual(['units 6000 × 0.005 = 30'])
    expect(amountOf(rateOverage(volume, 5_000n))).toBe('40') // a tier includes its end
    expect(amountOf(rateOverage(volume, 5_001n))).toBe('25.005')
  })

  it('with volume tiers falls when a cheaper tier is reached', () => {
    const [before, after] = [5_000n, 5_001n].map((n) => rateOverage(volume, n).amount)
    expect(compare(after as Decimal, before as Decimal)).toBe(-1)
  })

  it('with packages charges a started package in full', () => {
    expect(stepsOf(rateOverage(packages, 2_001n))).toEqual(['package 3 × 3 = 9'])
    expect(amountOf(rateOverage(packages, 2_000n))).toBe('6')
    expect(amountOf(rateOverage(packages, 0n))).toBe('0')
  })

  it('counts tiers from the first unit past the included amount', () => {
    const rating = rateOverage({ ...graduated, included: 500n }, 1_600n)
    expect(stepsOf(rating)).toEqual([
      'included 500 = 0',
      'units 1000 × 0.01 = 10',
      'units 100 × 0.008 = 0.8',
    ])
  })

  it('adds the fee of each reached tier, or of the one volume tier', () => {
    const withFees = tiers.map((tier, i) => ({ ...tier, flatFee: String(i + 1) }))
    const fees = (model: 'graduated' | 'volume', used: bigint) =>
      rateOverage(priced({ model, tiers: withFees }), used)
        .steps.filter(({ kind }) => kind === 'fee')
        .map(({ amount }) => formatDecimal(amount))
    expect(fees('graduated', 1_000n)).toEqual(['1'])
    expect(fees('graduated', 1_001n)).toEqual(['1', '2'])
    expect(fees('volume', 1_001n)).toEqual(['2'])
    expect(fees('volume', 0n)).toEqual([])
  })

  it('stays between the minimum and the maximum, and reports the adjustment', () => {
    const bounded = { ...pro, minimum: '2', maximum: '4.50' }
    expect(stepsOf(rateOverage(bounded, 105_000n)).at(-1)).toBe('maximum 4.5 = -0.5')
    expect(amountOf(rateOverage(bounded, 105_000n))).toBe('4.5')
    expect(stepsOf(rateOverage(bounded, 100_500n)).at(-1)).toBe('minimum 2 = 1.5')
    expect(amountOf(rateOverage(bounded, 0n))).toBe('2')
    expect(amountOf(rateOverage(bounded, 103_000n))).toBe('3')
  })

  it("never charges use past a limit's cap", () => {
    const capped = overagePriceOfLimit({
      id: 'pro/1',
      meterScale: 0,
      max: 100_000,
      unitPrice: '0.001',
      cap: 110_000,
    })
    const rating = rateOverage(capped, 112_000n)
    expect(amountOf(rating)).toBe('10')
    expect(stepsOf(rating)).toEqual([
      'included 100000 = 0',
      'units 10000 × 0.001 = 10',
      'past_cap 2000 = 0',
    ])
  })

  it('is exact for meters with decimals and prices with twelve decimals', () => {
    const fine = { id: 'fine', meterScale: 6, max: 0.5, unitPrice: '0.000000000001' }
    expect(amountOf(rateOverage(overagePriceOfLimit(fine), 1_500_001n))).toBe(
      '0.000000000001000001',
    )
    expect(
      amountOf(
        rateOverage({ ...pro, charge: { model: 'flat', unitPrice: '1000000' } }, 10n ** 15n),
      ),
    ).toBe('999999999900000000000')
  })

  it.each([
    ['a tier after the last', [...tiers, { upTo: null, unitPrice: '1' }]],
    ['a last tier with an end', [{ upTo: '10', unitPrice: '1' }]],
    [
      'tiers that do not ascend',
      [{ upTo: '10', unitPrice: '1' }, { upTo: '10', unitPrice: '1' }, ...tiers],
    ],
    ['no tier', []],
    ['a price below zero', [{ upTo: null, unitPrice: '-1' }]],
    ['an end with more decimals than are counted', [{ upTo: '0.5', unitPrice: '1' }, ...tiers]],
  ])('is refused for %s', (_, wrong) => {
    expect(() => rateOverage(priced({ model: 'graduated', tiers: wrong }), 1n)).toThrow(RangeError)
  })

  it('is refused for empty packages, a minimum above the maximum, and negative use', () => {
    const empty = priced({ model: 'package', packageSize: '0', packagePrice: '1' })
    expect(() => rateOverage(empty, 1n)).toThrow(/package/)
    expect(() => rateOverage({ ...pro, minimum: '2', maximum: '1' }, 1n)).toThrow(/minimum/)
    expect(() => rateOverage(pro, -1n)).toThrow(/below zero/)
  })
})

describe('the cost of a period in which the price changed', () => {
  const starter = overagePriceOfLimit({
    id: 'starter/1',
    meterScale: 0,
    max: 1_000,
    unitPrice: '0.01',
  })
  const all = { ...pro, id: 'enterprise/1', included: undefined }

  it('charges use before the change at the old price, and none of it again', () => {
    // Starter: 1,500 − 1,000 = 500 × 0.01 = 5. Pro: units 1,501 to 105,000; past 100,000 are 5,000.
    const uses = [
      { price: starter, usedUnits: 1_500n },
      { price: pro, usedUnits: 103_500n },
    ]
    expect(stepsOf(ratePeriod(uses))).toEqual([
      'included 1000 = 0',
      'units 500 × 0.01 = 5',
      'included 98500 = 0',
      'units 5000 × 0.001 = 5',
    ])
  })

  it('charges from the first unit after a change to a price that includes less than was used', () => {
    const uses = [
      { price: pro, usedUnits: 50_000n },
      { price: starter, usedUnits: 10n },
    ]
    expect(stepsOf(ratePeriod(uses))).toEqual(['included 50000 = 0', 'units 10 × 0.01 = 0.1'])
  })

  it('continues a package, a fee and a maximum when an earlier price returns', () => {
    const there = { price: all, usedUnits: 100n }
    const packed = (usedUnits: bigint) => ({ price: packages, usedUnits })
    expect(amountOf(ratePeriod([packed(1_200n), there, packed(800n)]))).toBe('6') // 2 packages
    expect(amountOf(ratePeriod([packed(1_200n), there, packed(801n)]))).toBe('9')
    const fee = priced({ model: 'flat', unitPrice: '1' }, { maximum: '5' })
    const used = (usedUnits: bigint) => ({ price: fee, usedUnits })
    expect(amountOf(ratePeriod([used(3n), there, used(4n), there, used(9n)]))).toBe('5')
    const reached = priced({
      model: 'graduated',
      tiers: [{ upTo: null, unitPrice: '0', flatFee: '7' }],
    })
    const once = { price: reached, usedUnits: 1n }
    expect(amountOf(ratePeriod([once, there, once]))).toBe('7')
  })

  it('ignores a price without use', () => {
    const [first, nothing, then] = [600n, 0n, 900n]
    const uses = [
      { price: volume, usedUnits: first },
      { price: all, usedUnits: nothing },
      { price: volume, usedUnits: then },
    ]
    expect(ratePeriod(uses)).toEqual(rateOverage(volume, 1_500n)) // 1,500 × 0.008 = 12
    expect(amountOf(ratePeriod(uses))).toBe('12')
  })

  it('with volume tiers charges each part at the tier reached at its end, and none again', () => {
    const other = { price: all, usedUnits: 1n }
    const uses = [{ price: volume, usedUnits: 600n }, other, { price: volume, usedUnits: 900n }]
    expect(amountOf(ratePeriod(uses))).toBe('13.2') // 600 × 0.01 + 900 × 0.008
  })

  it('has the minimum of the last price, even without use under it', () => {
    const least = (price: OveragePrice, minimum: string) => ({ ...price, minimum })
    const uses = [
      { price: least(starter, '20'), usedUnits: 1_500n },
      { price: least(pro, '6'), usedUnits: 0n },
    ]
    expect(stepsOf(ratePeriod(uses)).slice(-2)).toEqual(['units 500 × 0.01 = 5', 'minimum 6 = 1'])
  })

  it('agrees with charging unit by unit, for flat and graduated prices in any chain', () => {
    const prices = [starter, graduated, all].map((price, i) => ({
      ...price,
      included: [40n, 10n, undefined][i],
      charge:
        price === graduated
          ? ({
              model: 'graduated',
              tiers: [
                { upTo: '20', unitPrice: '0.03', flatFee: '1' },
                { upTo: null, unitPrice: '0.01', flatFee: '2' },
              ],
            } as const)
          : price.charge,
    }))
    const use = fc.record({ price: fc.constantFrom(...prices), usedUnits: fc.bigInt(0n, 60n) })
    fc.assert(
      fc.property(fc.array(use, { maxLength: 20 }), (uses) => {
        let position = 0n
        let cents = 0n
        const fees = new Set<string>()
        for (const { price, usedUnits } of uses) {
          for (let n = 0n; n < usedUnits; n += 1n) {
            position += 1n
            if (price.included === undefined || position <= price.included) continue
            const past = position - price.included
            if (price.charge.model === 'flat') cents += 1n
            else {
              cents += past <= 20n ? 3n : 1n
              const fee = past <= 20n ? 'first' : 'second'
              if (!fees.has(fee)) cents += fee === 'first' ? 100n : 200n
              fees.add(fee)
            }
          }
        }
        expect(compare(ratePeriod(uses).amount, { units: cents, scale: 2 })).toBe(0)
      }),
      { numRuns: 500 },
    )
  })
})
