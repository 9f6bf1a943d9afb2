import { WEEK } from './daily-totals.ts'
import { median } from './robust-statistics.ts'

/** The expected use of a day, according to the days before it. */
export interface UsualRange {
  readonly expected: number
  /** The usual deviation, scaled to equal a standard deviation for normally distributed values. */
  readonly spread: number
}

/** Two weeks to compare with, and a third to measure the deviation. */
export const DAYS_FOR_USUAL = 3 * WEEK
const SAME_WEEKDAYS = 5
const DAYS_OF_DRIFT = 2 * WEEK
const DAYS_OF_SPREAD = 8 * WEEK
/** The least spread: differences of a few per cent never mean anything. */
const LEAST_SPREAD_SHARE = 0.05
/** The ratio of standard deviation to median absolute deviation for a normal distribution. */
const NORMAL_PER_MAD = 1.4826

/**
 * Computes the usual range of each day from the days before it. The expected total is the median of
 * the same weekday in the five weeks before, times the median drift of the last two weeks. The
 * spread is the median absolute deviation over the last 56 days.
 * Medians keep a holiday or a burst from becoming usual, while a lasting change becomes usual
 * within about a week. Sources: B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers",
 * 1993; the weekday medians are the seasonal part of O. Vallis et al., "A Novel Technique for
 * Long-Term Anomaly Detection in the Cloud", HotCloud 2014.
 * Undefined in the first three weeks, and when the usual total is 0.
 */
export const usualRanges = (totals: readonly number[]): readonly (UsualRange | undefined)[] => {
  const misses: number[] = []
  return totals.map((total, day) => {
    if (day < DAYS_FOR_USUAL - WEEK) return undefined
    const expected = expectedOf(totals, day)
    const recentMisses = misses.slice(-DAYS_OF_SPREAD)
    if (expected > 0) misses.push(Math.abs(total / expected - 1))
    if (day < DAYS_FOR_USUAL || recentMisses.length === 0) return undefined
    const usualDay = median(totals.slice(Math.max(0, day - DAYS_OF_SPREAD), day))
    const spread = Math.max(
      NORMAL_PER_MAD * median(recentMisses) * expected,
      LEAST_SPREAD_SHARE * usualDay,
    )
    return spread > 0 ? { expected, spread } : undefined
  })
}

const expectedOf = (totals: readonly number[], day: number): number => {
  const ofWeekday = Array.from({ length: WEEK }, (_, back) =>
    median(sameWeekdays(totals, day - 1 - back)),
  )
  const drifts = Array.from(
    { length: DAYS_OF_DRIFT },
    (_, back) => (totals[day - 1 - back] ?? 0) / (ofWeekday[back % WEEK] ?? 0),
  ).filter(Number.isFinite)
  return drifts.length > 0 ? median(drifts) * (ofWeekday[WEEK - 1] ?? 0) : 0
}

/** The total of a day and of the same weekday in earlier weeks. */
const sameWeekdays = (totals: readonly number[], day: number): readonly number[] =>
  Array.from({ length: SAME_WEEKDAYS }, (_, weeks) => totals[day - WEEK * weeks]).filter(
    (total) => total !== undefined,
  )
