import { describe, expect, it } from 'vitest'
import { formatFraction, fraction } from '../../../src/core/billing/fraction.ts'
import {
  marginOf,
  monthlyRevenue,
  type RecurringSubscription,
} from '../../../src/core/billing/revenue.ts'

const subscription = (more: Partial<RecurringSubscription> = {}): RecurringSubscription => ({
  plan: 'pro',
  price: '49',
  months: 1,
  state: 'active',
  ...more,
})
const monthly = (more: Partial<RecurringSubscription>) =>
  formatFraction(monthlyRevenue(subscription(more)))
const usd = (whole: bigint) => fraction(whole, 1n)

describe('recurring revenue', () => {
  it('of a prepaid year is exactly a twelfth of it per month', () => {
    expect(monthly({ price: '490', months: 12 })).toBe('245/6')
  })

  it.each(['trial', 'paused', 'ended', 'not_started'] as const)('of %s is zero', (state) => {
    expect(monthly({ state })).toBe('0')
  })

  it('of a price by agreement is zero until it is set', () => {
    expect(monthly({ price: null })).toBe('0')
  })

  it('is after discounts, and never negative', () => {
    expect(monthly({ discount: { percent: '25' } })).toBe('36.75')
    expect(monthly({ discount: { percent: '100' } })).toBe('0')
    expect(monthly({ discount: { amount: '9.50' } })).toBe('39.5')
    expect(monthly({ discount: { amount: '60' } })).toBe('0')
    expect(monthly({ price: '490', months: 12, discount: { amount: '130' } })).toBe('30')
    expect(() => monthly({ discount: { percent: '101' } })).toThrow(/100 percent/)
  })
})

describe('a margin', () => {
  it('is revenue minus model cost: $54.00 − $13.50 is $40.50, 75 %', () => {
    const margin = marginOf(usd(54n), 13_500_000_000_000n)
    expect(formatFraction(margin.amount)).toBe('40.5')
    expect(margin.percent).toBe(75)
  })

  it('may be negative, and has no percentage without revenue', () => {
    expect(marginOf(usd(3n), 4_000_000_000_000n)).toEqual({ amount: usd(-1n), percent: -33.34 })
    expect(marginOf(usd(0n), 1_000_000_000_000n)).toEqual({ amount: usd(-1n), percent: undefined })
  })

  it('is exact to a pico-dollar', () => {
    expect(formatFraction(marginOf(usd(1n), 1n).amount)).toBe('0.999999999999')
    expect(marginOf(usd(1n), 1n).percent).toBe(99.99)
  })
})
