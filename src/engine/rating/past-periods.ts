import { windowEnd, windowStart } from '../../core/windows.ts'

/** A whole billing period, and whether it is over. */
export interface PastPeriod {
  readonly startMs: number
  readonly endMs: number
  readonly isComplete: boolean
}

/**
 * The period that contains an instant, and up to `before` earlier ones, the latest first. None is
 * from before the subscription's start.
 */
export const periodsUntil = (atMs: number, anchorMs: number, before: number): PastPeriod[] => {
  const periods: PastPeriod[] = []
  let insideMs = atMs
  while (periods.length <= before && (periods.length === 0 || insideMs >= dayOf(anchorMs))) {
    const startMs = windowStart('period', insideMs, anchorMs)
    const endMs = windowEnd('period', startMs, anchorMs)
    periods.push({ startMs, endMs, isComplete: endMs <= atMs })
    insideMs = startMs - 1
  }
  return periods
}

/** Periods begin at midnight of the day on which the subscription began. */
const dayOf = (anchorMs: number): number => windowStart('day', anchorMs, anchorMs)
