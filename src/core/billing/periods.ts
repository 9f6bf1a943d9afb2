import { windowEnd, windowStart } from '../windows.ts'

/**
 * Billing periods and what of them is paid for. Boundaries are those of the gate's `period`
 * windows (`core/windows.ts`): midnights in UTC, the k-th clamped to its month's end from the
 * anchor itself. Nothing moves them: a trial, a pause or an end only takes time out of what is
 * charged, so that a period's bill and the gate's counters are always about the same stretch.
 */

const SECOND_MS = 1_000
const DAY_MS = 86_400_000

/** Periods of `months` calendar months, counted from the UTC day of the anchor. */
export interface BillingCycle {
  readonly anchorMs: number
  readonly months: number
}

/** From `startMs` on, up to and without `endMs`; without one it goes on. */
interface Stretch {
  readonly startMs: number
  readonly endMs?: number | undefined
}

/** One period of a cycle. Index 0 is the one that the anchor is in; earlier ones are negative. */
export interface BillingPeriod {
  readonly index: number
  readonly startMs: number
  readonly endMs: number
}

/** When a subscription runs, and when it is paid for. */
export interface SubscriptionTerm {
  readonly cycle: BillingCycle
  readonly startMs: number
  /** Free until then. */
  readonly trialEndMs?: number | undefined
  /** Not charged meanwhile. They may overlap. */
  readonly pauses?: readonly Stretch[] | undefined
  /** The subscription is over from then on. */
  readonly endMs?: number | undefined
}

/** How a subscription stands at an instant. */
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

/** The length of a stretch in whole seconds: the part of a second at its end is not counted. */
export const secondsOf = (stretch: { startMs: number; endMs: number }): bigint =>
  BigInt(wholeSeconds(stretch.endMs) - wholeSeconds(stretch.startMs))

/** The start of the second that an instant is in. Money knows no shorter time. */
export const startOfSecond = (atMs: number): number => wholeSeconds(atMs) * SECOND_MS

/** How a subscription stands at an instant; a trial that is paused is paused. */
export const subscriptionStateAt = (term: SubscriptionTerm, atMs: number): SubscriptionState => {
  if (atMs < term.startMs) return 'not_started'
  if (term.endMs !== undefined && atMs >= term.endMs) return 'ended'
  if (pausedAt(term, atMs)) return 'paused'
  return term.trialEndMs !== undefined && atMs < term.trialEndMs ? 'trial' : 'active'
}

/** When the first charge is made: at the start or at the end of the trial, to the second. */
export const firstChargedAt = (term: SubscriptionTerm): number =>
  startOfSecond(Math.max(term.startMs, term.trialEndMs ?? term.startMs))

/**
 * From when on a subscription is paid for: from its first charge, but when that falls on the first
 * day of a period from that day's midnight, which is the boundary; so the first period of a
 * subscription or after a trial that anchors the cycle is due whole.
 */
export const dueFrom = (term: SubscriptionTerm): number => {
  const atMs = firstChargedAt(term)
  const { startMs } = billingPeriodAt(term.cycle, atMs)
  return atMs - startMs < DAY_MS ? startMs : atMs
}

/**
 * The parts of a stretch that are paid for, in order and apart: after `dueFrom`, before the end,
 * outside of every pause. Bounds are whole seconds.
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

/** How many seconds of a stretch are paid for. */
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
 * A period's boundary is in the month that many months after the anchor's, and that month's last
 * millisecond is never before it: so it is the start of the window that contains that instant.
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
