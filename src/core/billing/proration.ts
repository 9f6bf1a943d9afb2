import {
  compareFractions,
  type Fraction,
  fraction,
  fractionOf,
  multiplyFractions,
  parsePrice,
} from './fraction.ts'
import {
  type BillingCycle,
  type BillingPeriod,
  billingPeriodAt,
  firstChargedAt,
  paidSeconds,
  type SubscriptionTerm,
  secondsOf,
  startOfSecond,
} from './periods.ts'

/**
 * A subscription is charged in advance, for its period. When something changes before the period
 * is over, the time that was charged and will not be had is credited, and what is had instead is
 * charged: to the second of the period's own length (as Stripe prorates), exactly, and never
 * rounded here. A change and its reverse at the same instant sum to zero.
 */

/** The price of a plan for one whole period, as decimal text. */
export interface PricedPeriod {
  readonly plan: string
  readonly price: string
  readonly period: BillingPeriod
}

/** A credit or charge for a part of a period, with what makes it up: price × seconds / ofSeconds. */
export interface ProrationPart {
  readonly plan: string
  readonly price: string
  /** Below zero in a credit. */
  readonly seconds: bigint
  readonly ofSeconds: bigint
  readonly amount: Fraction
}

/** When a change of plan takes effect. */
export type ChangeTiming = 'now' | 'period_end'

/** What is due for a period when it begins: its price, for the part of it that is paid for. */
export const periodCharge = (term: SubscriptionTerm, priced: PricedPeriod): ProrationPart =>
  part(priced, paidSeconds(term, priced.period))

/** More expensive by the month, or as expensive: now. Cheaper: when what is paid for is over. */
export const defaultTiming = (
  from: { price: string; months: number },
  to: { price: string; months: number },
): ChangeTiming => {
  const monthly = ({ price, months }: { price: string; months: number }) =>
    multiplyFractions(fractionOf(parsePrice(price, 'a price')), fraction(1n, BigInt(months)))
  return compareFractions(monthly(to), monthly(from)) < 0 ? 'period_end' : 'now'
}

/** The instant at which a change that was asked for takes effect: to the second. */
export const effectiveAt = (timing: ChangeTiming, cycle: BillingCycle, askedMs: number): number =>
  timing === 'now' ? startOfSecond(askedMs) : billingPeriodAt(cycle, askedMs).endMs

/**
 * The cycle after a change to periods of `months` months: the same where the length is the same,
 * so that the anchor day stays; otherwise one that begins on the day of the change.
 */
export const cycleAfterChange = (
  cycle: BillingCycle,
  months: number,
  atMs: number,
): BillingCycle => (months === cycle.months ? cycle : { anchorMs: startOfSecond(atMs), months })

/**
 * What a change of plan at an instant moves: a credit for what is left of the old period, and a
 * charge for what is left of the new one (the same period unless the cycle changes). Only time
 * that is paid for counts. Before the first charge there is nothing to give back, and what is
 * charged then is the plan in force then: so a change in the trial moves nothing.
 */
export const prorateChange = (change: {
  readonly term: SubscriptionTerm
  readonly atMs: number
  readonly from: PricedPeriod
  readonly to: PricedPeriod
}): ProrationPart[] => {
  const { term, atMs, from, to } = change
  if (atMs < firstChargedAt(term)) return []
  const left = ({ period }: PricedPeriod) =>
    contains(period, atMs) ? paidSeconds(term, { startMs: atMs, endMs: period.endMs }) : 0n
  return [part(from, -left(from)), part(to, left(to))].filter(({ seconds }) => seconds !== 0n)
}

/**
 * What it moves when the time that is paid for changes, at an instant in a period that has been
 * charged: a pause, a resumption, an end or a longer trial. Undefined when it moves nothing.
 */
export const prorateTerm = (change: {
  readonly priced: PricedPeriod
  readonly atMs: number
  readonly before: SubscriptionTerm
  readonly after: SubscriptionTerm
}): ProrationPart | undefined => {
  const { priced, atMs, before, after } = change
  if (atMs < firstChargedAt(before) || !contains(priced.period, atMs)) return undefined
  const seconds = paidSeconds(after, priced.period) - paidSeconds(before, priced.period)
  return seconds === 0n ? undefined : part(priced, seconds)
}

const contains = ({ startMs, endMs }: BillingPeriod, atMs: number): boolean =>
  startMs <= atMs && atMs < endMs

const part = ({ plan, price, period }: PricedPeriod, seconds: bigint): ProrationPart => {
  const ofSeconds = secondsOf(period)
  const amount = multiplyFractions(
    fractionOf(parsePrice(price, `the price of ${plan}`)),
    fraction(seconds, ofSeconds),
  )
  return { plan, price, seconds, ofSeconds, amount }
}
