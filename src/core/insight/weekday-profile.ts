import { lastWeeks, WEEK } from './daily-totals.ts'
import { median, sum } from './robust-statistics.ts'

/**
 * The size of a day relative to the mean day, by its index in the totals. Also works for future
 * days.
 */
export type WeekdayProfile = (day: number) => number

const MOST_WEEKS = 8

/**
 * Each weekday's share of its week: the median of the last eight weeks, shrunk towards equal days
 * when the weeks disagree, so that noise is not mistaken for a pattern (D. Miller and D. Williams,
 * "Shrinkage estimators of time series seasonal factors", 2003). All days are equal with less than
 * two weeks of use, or when every weekday is unused in most weeks.
 */
export const weekdayProfile = (totals: readonly number[]): WeekdayProfile => {
  const weeks = lastWeeks(totals, MOST_WEEKS).filter((week) => sum(week) > 0)
  const sharesOf = Array.from({ length: WEEK }, (_, position) =>
    weeks.map((week) => (WEEK * (week[position] ?? 0)) / sum(week)),
  )
  const medians = sharesOf.map(median)
  const all = sum(medians)
  if (weeks.length < 2 || !(all > 0)) return () => 1
  const factors = medians.map((share) => (share * WEEK) / all)
  const trust = trustOf(factors, sharesOf)
  const start = totals.length % WEEK
  return (day) => 1 + trust * ((factors[(day - start + WEEK) % WEEK] ?? 1) - 1)
}

/** 0 when the weekdays differ only by chance, towards 1 when they surely differ. */
const trustOf = (factors: readonly number[], sharesOf: readonly (readonly number[])[]): number => {
  const weeks = sharesOf[0]?.length ?? 0
  const disagreement = sum(
    sharesOf.flatMap((shares, position) =>
      shares.map((share) => (share - (factors[position] ?? 1)) ** 2),
    ),
  )
  const noise = disagreement / (WEEK * (weeks - 1) * weeks)
  const signal = sum(factors.map((factor) => (factor - 1) ** 2)) / WEEK
  return signal > 0 ? Math.max(0, 1 - noise / signal) : 0
}
