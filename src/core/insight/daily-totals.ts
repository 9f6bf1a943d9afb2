import { sum } from './robust-statistics.ts'

export const DAY_MS = 86_400_000
export const WEEK = 7

/** What one organization used on each of some complete days in UTC, in any unit. */
export interface DailyTotals {
  /** Midnight with which the first day began. */
  readonly firstDayMs: number
  /** One total for each day, without gaps: a day on which nothing was used is a zero. */
  readonly totals: readonly number[]
}

/** Fewer days of use than this may be the first or the only ones. */
const DAYS_OF_A_START = 3

/**
 * Without the days before the first use, which say when an organization came and not how much it
 * uses. With use on less than half of the days since, zeros are its habit, and all are kept.
 */
export const fromFirstUse = (totals: readonly number[]): readonly number[] => {
  const since = totals.slice(
    Math.max(
      0,
      totals.findIndex((total) => total > 0),
    ),
  )
  const used = since.filter((total) => total > 0).length
  return used >= DAYS_OF_A_START && used >= since.length / 2 ? since : totals
}

/** The last whole weeks, each in the order of its days, from the latest to the earliest. */
export const lastWeeks = (
  totals: readonly number[],
  most: number,
): readonly (readonly number[])[] =>
  Array.from({ length: Math.min(most, Math.floor(totals.length / WEEK)) }, (_, weeksAgo) => {
    const end = totals.length - WEEK * weeksAgo
    return totals.slice(end - WEEK, end)
  })

/** The mean of the days before a day, of `days` of them at the most. */
export const meanBefore = (totals: readonly number[], day: number, days: number): number => {
  const before = totals.slice(Math.max(0, day - days), day)
  return before.length > 0 ? sum(before) / before.length : 0
}
