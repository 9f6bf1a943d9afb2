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
 * What a change of plan moves in a period: a credit for what is left of it at the old price, and a
 * charge for as much at the new one, to the second of the period's own length (as Stripe
 * prorates), exactly, and never rounded here. A change and its reverse at the same instant sum to
 * zero. The invoice of the period, which charges each plan for its own seconds, differs by as much.
 */

/** The price of a plan for one whole period, as decimal text. */
export interface PricedPlan {
  readonly plan: string
  readonly price: string
}

/** A credit or charge for a part of a period, with what makes it up: price × seconds / ofSeconds. */
export interface ProrationPart extends PricedPlan {
  /** Below zero in a credit. */
  readonly seconds: bigint
  readonly ofSeconds: bigint
  readonly amount: Fraction
}

/** When a change of plan takes effect. */
export type ChangeTiming = 'now' | 'period_end'

/**
 * As expensive or more: now. Cheaper: when the period is over. A price by agreement (null) is not
 * known to be less than any, nor any to be less than it.
 */
export const defaultTiming = (from: string | null, to: string | null): ChangeTiming => {
  if (from === null || to === null) return 'now'
  const price = (text: string) => fractionOf(parsePrice(text, 'a price'))
  return compareFractions(price(to), price(from)) < 0 ? 'period_end' : 'now'
}

/**
 * The credit and the charge of a change at an instant; none of a period that it is not in. Only
 * time that is paid for counts. Before the first charge there is nothing to give back, and what is
 * charged then is the plan in force then: so a change in the trial moves nothing.
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
