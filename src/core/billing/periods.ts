import { windowEnd, windowStart } from '../windows.ts'

/**
 * Billing periods and the parts of them that are paid for. Boundaries equal those of the gate's
 * `period` windows (`core/windows.ts`): midnights in UTC, computed from the anchor and clamped to
 * the month's end. Trials, pauses and ends never move a boundary; they only remove time from the
 * charge. So an invoice and the gate's counters always cover the same range.
 */

const SECOND_MS = 1_000
const DAY_MS = 86_400_000

/** Periods of `months` calendar months, counted from the UTC day of the anchor. */
export interface BillingCycle {
  readonly anchorMs: number
  readonly months: number
}

/** From `startMs` up to but excluding `endMs`; open-ended without `endMs`. */
interface Stretch {
  readonly startMs: number
  readonly endMs?: number | undefined
}

/** One period of a cycle. Period 0 contains the anchor; earlier ones are negative. */
export interface BillingPeriod {
  readonly index: number
  readonly startMs: number
  readonly endMs: number
}

/** When a subscription runs and when it is charged. */
export interface SubscriptionTerm {
  readonly cycle: BillingCycle
  readonly startMs: number
  /** The subscription is free until this instant. */
  readonly trialEndMs?: number | undefined
  /** The ranges in which nothing is charged. They may overlap. */
  readonly pauses?: readonly Stretch[] | undefined
  /** The subscription ends at this instant. */
  readonly endMs?: number | undefined
}

/** The state of a subscription at an instant. */
export type SubscriptionState = 'not_started' | 'trial' | 'active' | 'paused' | 'ended'

/** The k-th period of a cycle. */
export const billingPeriod = (cycle: BillingCycle, index: number): BillingPeriod => ({
  index,
  startMs: boundary(cycle, index),
  endMs: boundary(cycle, index + 1),
})

/** The period that contains an instant. */
export const billingPeriodAt = (cycle: BillingCycle, atMs: number): BillingPeriod => {
  const monthStart = windowStart('period', atMs, cycle.anchorMs)
  const months = monthsSinceYear0(monthStart) - monthsSinceYear0(cycle.anchorMs)
  return billingPeriod(cycle, Math.floor(months / cycle.months))
}

/** The length of a range in whole seconds. Both ends are rounded down to a second. */
export const secondsOf = (stretch: { startMs: number; endMs: number }): bigint =>
  BigInt(wholeSeconds(stretch.endMs) - wholeSeconds(stretch.startMs))

/** The start of the second that contains an instant. Charges are never finer than a second. */
export const startOfSecond = (atMs: number): number => wholeSeconds(atMs) * SECOND_MS

/** Returns the state of a subscription at an instant. A paused trial is `paused`. */
export const subscriptionStateAt = (term: SubscriptionTerm, atMs: number): SubscriptionState => {
  if (atMs < term.startMs) return 'not_started'
  if (term.endMs !== undefined && atMs >= term.endMs) return 'ended'
  if (pausedAt(term, atMs)) return 'paused'
  return term.trialEndMs !== undefined && atMs < term.trialEndMs ? 'trial' : 'active'
}

/** When the first charge is made: at the start, or at the end of the trial, to the second. */
export const firstChargedAt = (term: SubscriptionTerm): number =>
  startOfSecond(Math.max(term.startMs, term.trialEndMs ?? term.startMs))

/**
 * The start of the paid time. It is the first charge, or midnight if the first charge falls on the
 * first day of a period. That midnight is the period's boundary, so the first period after a start
 * or a trial that anchors the cycle is charged in full.
 */
export const dueFrom = (term: SubscriptionTerm): number => {
  const atMs = firstChargedAt(term)
  const { startMs } = billingPeriodAt(term.cycle, atMs)
  return atMs - startMs < DAY_MS ? startMs : atMs
}

/**
 * The paid parts of a time range, in order and disjoint: after `dueFrom`, before the end, outside
 * every pause. Bounds are whole seconds.
 */
export const paidStretches = (
  term: SubscriptionTerm,
  within: { startMs: number; endMs: number },
): { startMs: number; endMs: number }[] => {
  const first = Math.max(startOfSecond(within.startMs), dueFrom(term))
  const last = startOfSecond(Math.min(within.endMs, term.endMs ?? within.endMs))
  const paid: { startMs: number; endMs: number }[] = []
  let fromMs = first
  for (const pause of [...(term.pauses ?? [])].sort((a, b) => a.startMs - b.startMs)) {
    const untilMs = Math.min(startOfSecond(pause.startMs), last)
    if (untilMs > fromMs) paid.push({ startMs: fromMs, endMs: untilMs })
    const resumedMs = Math.max(pause.startMs, pause.endMs ?? last)
    fromMs = Math.max(fromMs, startOfSecond(resumedMs))
  }
  if (last > fromMs) paid.push({ startMs: fromMs, endMs: last })
  return paid
}

/** The number of paid seconds in a time range. */
export const paidSeconds = (
  term: SubscriptionTerm,
  within: { startMs: number; endMs: number },
): bigint => paidStretches(term, within).reduce((sum, stretch) => sum + secondsOf(stretch), 0n)

const pausedAt = ({ pauses = [] }: SubscriptionTerm, atMs: number): boolean =>
  pauses.some(({ startMs, endMs }) => startMs <= atMs && (endMs === undefined || atMs < endMs))

const wholeSeconds = (atMs: number): number => Math.floor(atMs / SECOND_MS)

const monthsSinceYear0 = (atMs: number): number => {
  const date = new Date(atMs)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/**
 * The boundary is in the month that is `months * index` after the anchor's month. That month's last
 * millisecond is never before it, so it is the start of the window that contains that instant.
 */
const boundary = ({ anchorMs, months }: BillingCycle, index: number): number => {
  if (!Number.isSafeInteger(months) || months < 1) {
    throw new RangeError('a billing cycle needs a whole number of months, at least one')
  }
  const firstOfMonth = new Date(windowStart('month', anchorMs, anchorMs))
  firstOfMonth.setUTCMonth(firstOfMonth.getUTCMonth() + months * index)
  const lastMs = windowEnd('month', firstOfMonth.getTime(), anchorMs) - 1
  return windowStart('period', lastMs, anchorMs)
}
