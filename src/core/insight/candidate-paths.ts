import { lastWeeks, WEEK } from './daily-totals.ts'
import { median, sum } from './robust-statistics.ts'
import { type WeekdayProfile, weekdayProfile } from './weekday-profile.ts'

/** One total for each day ahead. */
export type Path = readonly number[]

const WEEKS_OF_TREND = 8
const LEAST_WEEKS_OF_TREND = 3
/** The share of a trend that remains from one day to the next. */
const DAMPING = 0.98

/**
 * Simple forecasts, each right for some histories. They are the last week repeated, the level of
 * two and of four weeks, and a damped trend. The trend is the median slope of eight weeks (H. Theil
 * 1950, P. Sen 1968), damped because trends do not last (E. Gardner and E. McKenzie, "Why the
 * damped trend works", 2011). All but the first use the weekday profile.
 */
export const candidatePaths = (totals: readonly number[], days: number): readonly Path[] => {
  const profile = weekdayProfile(totals)
  const pathOf = (rateOf: (ahead: number) => number): Path =>
    Array.from(
      { length: days },
      (_, ahead) => Math.max(0, rateOf(ahead)) * profile(totals.length + ahead),
    )
  const lastWeek = totals.slice(-WEEK)
  const levelOfTwo = levelOf(totals, 2 * WEEK, profile)
  const levelOfFour = levelOf(totals, 4 * WEEK, profile)
  return [
    Array.from({ length: days }, (_, ahead) => lastWeek[ahead % lastWeek.length] ?? 0),
    pathOf(() => levelOfTwo),
    pathOf(() => levelOfFour),
    pathOf(dampedTrend(totals) ?? (() => levelOfFour)),
  ]
}

/**
 * The total of the last days over their weight in the profile, so that days without use weigh 0.
 * Uses whole weeks where possible, so that every weekday counts equally.
 */
const levelOf = (totals: readonly number[], window: number, profile: WeekdayProfile): number => {
  const known = totals.length - (totals.length % WEEK) || totals.length
  const from = totals.length - Math.min(window, known)
  const weight = sum(totals.slice(from).map((_, index) => profile(from + index)))
  return weight > 0 ? sum(totals.slice(from)) / weight : 0
}

/** Undefined when there are too few weeks for a trend. */
const dampedTrend = (totals: readonly number[]): ((ahead: number) => number) | undefined => {
  const rates = lastWeeks(totals, WEEKS_OF_TREND).map((week) => sum(week) / WEEK)
  if (rates.length < LEAST_WEEKS_OF_TREND) return undefined
  const slope = median(
    rates.flatMap((later, weeksAgo) =>
      rates.slice(weeksAgo + 1).map((earlier, index) => (later - earlier) / (index + 1)),
    ),
  )
  const level = median(rates.map((rate, weeksAgo) => rate + slope * weeksAgo))
  // A week's rate belongs to its middle day, four days before the first day ahead.
  return (ahead) =>
    level + (slope / WEEK) * (4 + (DAMPING * (1 - DAMPING ** ahead)) / (1 - DAMPING))
}
