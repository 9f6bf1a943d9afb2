import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatFraction, fraction, sumFractions } from '../../../src/core/billing/fraction.ts'
import {
  marginOf,
  monthlyRevenue,
  overageRevenue,
  type RecurringSubscription,
  recurringRevenue,
} from '../../../src/core/billing/revenue.ts'

const subscription = (more: Partial<RecurringSubscription> = {}): RecurringSubscription => ({
  plan: 'pro',
  price: '49',
  months: 1,
  state: 'active',
  ...more,
})
const times = (count: number, of: RecurringSubscription) => Array.from({ length: count }, () => of)
const monthly = (more: Partial<RecurringSubscription>) =>
  formatFraction(monthlyRevenue(subscription(more)))
const usd = (whole: bigint) => fraction(whole, 1n)

describe('recurring revenue', () => {
  it('of 100 Free, 45 Pro at $49 and 5 Enterprise at $500 is $4,705 a month, $56,460 a year', () => {
    // 100 × 0 + 45 × 49 + 5 × 500 = 0 + 2,205 + 2,500 = 4,705; × 12 = 56,460
    const revenue = recurringRevenue([
      ...times(100, subscription({ plan: 'free', price: '0' })),
      ...times(45, subscription()),
      ...times(5, subscription({ plan: 'enterprise', price: '500' })),
    ])
    expect(formatFraction(revenue.monthly)).toBe('4705')
    expect(formatFraction(revenue.annual)).toBe('56460')
    expect([revenue.subscriptions, revenue.paying]).toEqual([150, 50])
    expect(
      [...revenue.byPlan].map(([plan, of]) => [plan, of.subscriptions, formatFraction(of.monthly)]),
    ).toEqual([
      ['free', 100, '0'],
      ['pro', 45, '2205'],
      ['enterprise', 5, '2500'],
    ])
  })

  it('of a year paid at once is a twelfth of it a month, exactly', () => {
    expect(monthly({ price: '490', months: 12 })).toBe('245/6')
    const revenue = recurringRevenue(times(3, subscription({ price: '490', months: 12 })))
    expect(formatFraction(revenue.monthly)).toBe('122.5')
    expect(formatFraction(revenue.annual)).toBe('1470')
  })

  it.each(['trial', 'paused', 'ended', 'not_started'] as const)('of %s is nothing', (state) => {
    expect(monthly({ state })).toBe('0')
  })

  it('of a price by agreement is nothing until it is set', () => {
    expect(monthly({ price: null })).toBe('0')
  })

  it('is after discounts, which never make it less than nothing', () => {
    expect(monthly({ discount: { percent: '25' } })).toBe('36.75')
    expect(monthly({ discount: { percent: '100' } })).toBe('0')
    expect(monthly({ discount: { amount: '9.50' } })).toBe('39.5')
    expect(monthly({ discount: { amount: '60' } })).toBe('0')
    expect(monthly({ price: '490', months: 12, discount: { amount: '130' } })).toBe('30')
    expect(() => monthly({ discount: { percent: '101' } })).toThrow(/100 percent/)
  })

  it('of all is the sum of the plans, and the year is twelve months', () => {
    const any = fc.record({
      plan: fc.constantFrom('a', 'b', 'c'),
      price: fc.option(fc.bigInt(0n, 10n ** 6n).map(String)),
      months: fc.constantFrom(1, 3, 12),
      state: fc.constantFrom('active', 'trial', 'paused'),
    })
    fc.assert(
      fc.property(fc.array(any, { maxLength: 30 }), (subscriptions) => {
        const revenue = recurringRevenue(subscriptions)
        const plans = [...revenue.byPlan.values()]
        expect(sumFractions(plans.map((plan) => plan.monthly))).toEqual(revenue.monthly)
        expect(plans.reduce((sum, plan) => sum + plan.paying, 0)).toBe(revenue.paying)
        expect(sumFractions(times12(revenue.monthly))).toEqual(revenue.annual)
        // In twelfths of a dollar, in which every one of these months is whole.
        const twelfths = subscriptions
          .filter(({ state, price }) => state === 'active' && price !== null)
          .reduce((sum, { price, months }) => sum + (BigInt(price ?? 0) * 12n) / BigInt(months), 0n)
        expect(revenue.monthly).toEqual(fraction(twelfths, 12n))
      }),
      { numRuns: 200 },
    )
  })
})

const times12 = (of: ReturnType<typeof usd>) => Array.from({ length: 12 }, () => of)

describe('overage revenue', () => {
  it('is what the lines of overage come to, and nothing else', () => {
    const lines = [
      { kind: 'subscription', amount: usd(49n) },
      { kind: 'overage', amount: usd(5n) },
      { kind: 'overage', amount: fraction(1n, 3n) },
    ]
    expect(formatFraction(overageRevenue(lines))).toBe('16/3')
  })
})

describe('a margin', () => {
  it('is revenue less model cost: $54.00 less $13.50 is $40.50, 75 %', () => {
    const margin = marginOf(usd(54n), 13_500_000_000_000n)
    expect(formatFraction(margin.amount)).toBe('40.5')
    expect(margin.percent).toBe(75)
  })

  it('may be below zero, and has no percentage without revenue', () => {
    expect(marginOf(usd(3n), 4_000_000_000_000n)).toEqual({ amount: usd(-1n), percent: -33.34 })
    expect(marginOf(usd(0n), 1_000_000_000_000n)).toEqual({ amount: usd(-1n), percent: undefined })
  })

  it('is exact to a pico-dollar', () => {
    expect(formatFraction(marginOf(usd(1n), 1n).amount)).toBe('0.999999999999')
    expect(marginOf(usd(1n), 1n).percent).toBe(99.99)
  })
})
