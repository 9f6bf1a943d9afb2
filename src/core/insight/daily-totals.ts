import { sum } from './robust-statistics.ts'

export const DAY_MS = 86_400_000
export const WEEK = 7

/** The use of one organization on consecutive complete UTC days, in any unit. */
export interface DailyTotals {
  /** The midnight at which the first day began. */
  readonly firstDayMs: number
  /** One total per day, without gaps. A day without use is 0. */
  readonly totals: readonly number[]
}

/** With fewer days of use than this, the start of use cannot be told from single days. */
const DAYS_OF_A_START = 3

/**
 * Drops the days before the first use, which only show when an organization joined. If it used less
 * than half of the days since, gaps are its habit and all days are kept.
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

/** The last whole weeks, latest first. The days within a week are in time order. */
export const lastWeeks = (
  totals: readonly number[],
  most: number,
): readonly (readonly number[])[] =>
  Array.from({ length: Math.min(most, Math.floor(totals.length / WEEK)) }, (_, weeksAgo) => {
    const end = totals.length - WEEK * weeksAgo
    return totals.slice(end - WEEK, end)
  })

/** The mean of up to `days` days before a day. */
export const meanBefore = (totals: readonly number[], day: number, days: number): number => {
  const before = totals.slice(Math.max(0, day - days), day)
  return before.length > 0 ? sum(before) / before.length : 0
}
