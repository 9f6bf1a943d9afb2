import { meanBefore, WEEK } from './daily-totals.ts'
import { sum, weightedQuantile } from './robust-statistics.ts'
import type { RollingForecast } from './rolling-forecasts.ts'
import { DAYS_FOR_USUAL } from './usual-range.ts'

/**
 * The half-width of the band around the forecast total of the next `days` days, which may be a
 * fraction.
 */
export type ErrorBand = (days: number) => number

const COVERAGE = 0.8
const DAYS_OF_LEVEL = 8 * WEEK
const HALF_LIFE_DAYS = 8 * WEEK
/** Overlapping windows carry about 1.5 times the information of disjoint ones. */
const OVERLAP_GAIN = 1.5
/**
 * Errors grow with the square root of the days if days are independent, and linearly if the level
 * is wrong. This exponent is in between.
 */
const GROWTH = 0.75

/** Returns the half-width of an 80 % band around the forecast of the days to come. */
export const errorBand = (
  totals: readonly number[],
  forecasts: readonly RollingForecast[],
): ErrorBand =>
  totals.length < DAYS_FOR_USUAL ? bandOfFewDays(totals) : bandOfErrors(totals, forecasts)

/**
 * Takes a quantile of past forecast errors at the same distance: weighted split conformal
 * prediction (R. Barber, E. Candès, A. Ramdas and R. Tibshirani, "Conformal prediction beyond
 * exchangeability", 2023). Fewer independent errors ask for a higher quantile, and recent errors
 * weigh most. Errors are relative to the level of their time.
 */
const bandOfErrors = (
  totals: readonly number[],
  forecasts: readonly RollingForecast[],
): ErrorBand => {
  const now = totals.length
  const first = forecasts[0]?.day ?? now
  const longest = Math.max(1, Math.floor((now - first) / 2))
  const pasts = forecasts.map(({ day, path }) => ({
    day,
    path,
    level: meanBefore(totals, day, DAYS_OF_LEVEL),
    weight: 0.5 ** ((now - day) / HALF_LIFE_DAYS),
  }))
  const level = meanBefore(totals, now, DAYS_OF_LEVEL)
  return (days) => {
    const known = Math.min(Math.max(1, Math.round(days)), longest)
    const share = conformalQuantile(errorsAt(totals, pasts, known), known)
    return share * level * known * (days / known) ** GROWTH
  }
}

interface PastForecast extends RollingForecast {
  readonly level: number
  readonly weight: number
}

/** The error of a past forecast, as a share of the level of its time. */
interface PastError {
  readonly value: number
  readonly weight: number
}

const errorsAt = (
  totals: readonly number[],
  pasts: readonly PastForecast[],
  days: number,
): readonly PastError[] =>
  pasts
    .filter(({ day, level }) => day + days <= totals.length && level > 0)
    .map(({ day, path, level, weight }) => {
      let error = 0
      for (let ahead = 0; ahead < days; ahead += 1) {
        error += (totals[day + ahead] ?? 0) - (path[ahead] ?? 0)
      }
      return { value: Math.abs(error) / (level * days), weight }
    })

const conformalQuantile = (errors: readonly PastError[], days: number): number => {
  if (errors.length === 0) return 0
  const weights = errors.map(({ weight }) => weight)
  const effective = sum(weights) ** 2 / sum(weights.map((weight) => weight * weight))
  const independent = 1 + (OVERLAP_GAIN * (effective - 1)) / days
  return weightedQuantile(errors, Math.min(1, COVERAGE * (1 + 1 / independent)))
}

/** One imaginary day that deviates by half of the level, until enough real days exist. */
const PRIOR_STRAY = 0.5

/**
 * Student's interval for the sum of future days, given the mean of a few days. It treats days as
 * independent, so weekdays count as noise and the band is wide.
 */
const bandOfFewDays = (totals: readonly number[]): ErrorBand => {
  const count = totals.length
  if (count === 0) return () => 0
  const mean = sum(totals) / count
  const strays = sum(totals.map((total) => (total - mean) ** 2)) + (PRIOR_STRAY * mean) ** 2
  const deviation = Math.sqrt(strays / count)
  const quantile = STUDENT_90[count - 1] ?? 1.33
  return (days) => quantile * deviation * Math.sqrt(days + (days * days) / count)
}

/** The 90 % quantile of Student's t for 1 to 20 degrees of freedom. */
const STUDENT_90 = [
  3.08, 1.89, 1.64, 1.53, 1.48, 1.44, 1.41, 1.4, 1.38, 1.37, 1.36, 1.36, 1.35, 1.35, 1.34, 1.34,
  1.33, 1.33, 1.33, 1.33,
]
