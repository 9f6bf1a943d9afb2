import { PICO_USD_SCALE, type PicoUsd } from '../amounts.ts'
import {
  compareFractions,
  type Fraction,
  fraction,
  fractionOf,
  multiplyFractions,
  negateFraction,
  parsePrice,
  sumFractions,
  ZERO_FRACTION,
} from './fraction.ts'
import type { SubscriptionState } from './periods.ts'

/**
 * Recurring revenue of subscriptions. Figures are exact and in one currency; callers round them for
 * display. A year is twelve times the exact month, not twelve times a rounded one.
 */

/** A discount on a subscription, for as long as the subscription runs. */
type Discount =
  /** A percentage of the price, 0 to 100, as decimal text. */
  | { readonly percent: string }
  /** An amount off each period's price, as decimal text. The price never falls below zero. */
  | { readonly amount: string }

/** A subscription as revenue sees it. */
export interface RecurringSubscription {
  readonly plan: string
  /**
   * For one period, as decimal text. Null is a price by agreement, which counts as zero until it is
   * set.
   */
  readonly price: string | null
  /** The length of a period. */
  readonly months: number
  readonly state: SubscriptionState
  readonly discount?: Discount | undefined
}

/**
 * The revenue of a subscription in a month. Only active subscriptions count; trials and pauses are
 * zero.
 */
export const monthlyRevenue = (subscription: RecurringSubscription): Fraction => {
  const { state, price, months, discount, plan } = subscription
  if (!Number.isSafeInteger(months) || months < 1) {
    throw new RangeError(`the period of ${plan} needs a whole number of months, at least one`)
  }
  if (state !== 'active' || price === null) return ZERO_FRACTION
  const full = fractionOf(parsePrice(price, `the price of ${plan}`))
  return multiplyFractions(discounted(full, discount), fraction(1n, BigInt(months)))
}

/** Revenue minus model cost. Valid only for revenue in US dollars, the currency of model prices. */
export interface Margin {
  readonly amount: Fraction
  /**
   * The share of the revenue, rounded down to hundredths of a percent; undefined without revenue.
   */
  readonly percent: number | undefined
}

/** Computes the margin of a customer, a plan or the whole product over a time range. */
export const marginOf = (revenueUsd: Fraction, modelCost: PicoUsd): Margin => {
  const cost = fraction(modelCost, 10n ** BigInt(PICO_USD_SCALE))
  const amount = sumFractions([revenueUsd, negateFraction(cost)])
  if (revenueUsd.numerator <= 0n) return { amount, percent: undefined }
  const part = multiplyFractions(
    amount,
    fraction(10_000n * revenueUsd.denominator, revenueUsd.numerator),
  )
  return { amount, percent: Number(floorOf(part)) / 100 }
}

const discounted = (price: Fraction, discount: Discount | undefined): Fraction => {
  if (!discount) return price
  if ('percent' in discount) {
    const percent = fractionOf(parsePrice(discount.percent, 'a discount'))
    const rest = sumFractions([fraction(100n, 1n), negateFraction(percent)])
    if (rest.numerator < 0n) throw new RangeError('a discount is at most 100 percent')
    return multiplyFractions(price, multiplyFractions(rest, fraction(1n, 100n)))
  }
  const off = fractionOf(parsePrice(discount.amount, 'a discount'))
  return compareFractions(off, price) >= 0
    ? ZERO_FRACTION
    : sumFractions([price, negateFraction(off)])
}

/** The largest whole number that is not above the value. */
const floorOf = ({ numerator, denominator }: Fraction): bigint => {
  const quotient = numerator / denominator
  return numerator < 0n && numerator % denominator !== 0n ? quotient - 1n : quotient
}
