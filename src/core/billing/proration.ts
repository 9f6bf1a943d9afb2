import {
  compareFractions,
  type Fraction,
  fraction,
  fractionOf,
  multiplyFractions,
  parsePrice,
} from './fraction.ts'
import {
  type BillingPeriod,
  firstChargedAt,
  paidSeconds,
  type SubscriptionTerm,
  secondsOf,
  startOfSecond,
} from './periods.ts'

/**
 * Proration of a plan change within a period: a credit for the rest of the period at the old price,
 * and a charge for it at the new one. As at Stripe, the shares are seconds of the period's own
 * length. Amounts are exact and never rounded here. A change and its reverse at the same instant
 * sum to zero. The period's invoice charges each plan for its own seconds and differs by the same
 * amount.
 */

/** The price of a plan for one whole period, as decimal text. */
export interface PricedPlan {
  readonly plan: string
  readonly price: string
}

/** A credit or charge for part of a period: price × seconds / ofSeconds. */
export interface ProrationPart extends PricedPlan {
  /** Negative in a credit. */
  readonly seconds: bigint
  readonly ofSeconds: bigint
  readonly amount: Fraction
}

/** When a change of plan takes effect. */
export type ChangeTiming = 'now' | 'period_end'

/**
 * The default timing of a plan change: at the end of the period if the new price is lower,
 * otherwise at once. A change to or from a price by agreement (null) takes effect at once.
 */
export const defaultTiming = (from: string | null, to: string | null): ChangeTiming => {
  if (from === null || to === null) return 'now'
  const price = (text: string) => fractionOf(parsePrice(text, 'a price'))
  return compareFractions(price(to), price(from)) < 0 ? 'period_end' : 'now'
}

/**
 * Computes the credit and the charge of a plan change. Returns none for a period that does not
 * contain the change. Only paid time counts: before the first charge there is nothing to give back,
 * and the first charge is for the plan in force then. So a change during a trial costs nothing.
 */
export const prorateChange = (change: {
  readonly term: SubscriptionTerm
  readonly period: BillingPeriod
  readonly atMs: number
  readonly from: PricedPlan
  readonly to: PricedPlan
}): ProrationPart[] => {
  const { term, period, from, to } = change
  const atMs = startOfSecond(change.atMs)
  if (change.atMs < firstChargedAt(term) || atMs < period.startMs || atMs >= period.endMs) return []
  const left = paidSeconds(term, { startMs: atMs, endMs: period.endMs })
  const ofSeconds = secondsOf(period)
  return [part(from, -left, ofSeconds), part(to, left, ofSeconds)].filter(
    ({ seconds }) => seconds !== 0n,
  )
}

const part = ({ plan, price }: PricedPlan, seconds: bigint, ofSeconds: bigint): ProrationPart => ({
  plan,
  price,
  seconds,
  ofSeconds,
  amount: multiplyFractions(
    fractionOf(parsePrice(price, `the price of ${plan}`)),
    fraction(seconds, ofSeconds),
  ),
})
