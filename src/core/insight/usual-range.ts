import { WEEK } from './daily-totals.ts'
import { median } from './robust-statistics.ts'

/** What a day would usually have had, as the days before it tell. */
export interface UsualRange {
  readonly expected: number
  /** How far days stray from it: what a standard deviation is to normal values. */
  readonly spread: number
}

/** Two weeks to compare with, and a third to see how far days stray from them. */
export const DAYS_FOR_USUAL = 3 * WEEK
const SAME_WEEKDAYS = 5
const DAYS_OF_DRIFT = 2 * WEEK
const DAYS_OF_SPREAD = 8 * WEEK
/** No use is so regular that a few per cent of the usual day mean something. */
const LEAST_SPREAD_SHARE = 0.05
/** A standard deviation over the median absolute deviation, where values are normal. */
const NORMAL_PER_MAD = 1.4826

/**
 * The usual range of each day, from the days before it alone: the median of the same weekday in
 * the five weeks before, times the median drift of the last two weeks from such medians, and the
 * median absolute deviation that this had on the last 56 days. Medians, so that a holiday, a storm
 * or a burst does not become usual, and a lasting change does within about a week
 * (B. Iglewicz and D. Hoaglin, "How to Detect and Handle Outliers", 1993; the weekday medians are
 * the seasonal part of O. Vallis et al., "A Novel Technique for Long-Term Anomaly Detection in the
 * Cloud", HotCloud 2014). Undefined in the first three weeks, and where the usual day is a zero.
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

/** The total of a day and of the same weekday in the weeks before it. */
const sameWeekdays = (totals: readonly number[], day: number): readonly number[] =>
  Array.from({ length: SAME_WEEKDAYS }, (_, weeks) => totals[day - WEEK * weeks]).filter(
    (total) => total !== undefined,
  )
