import { DAY_MS, type DailyTotals, fromFirstUse, WEEK } from './daily-totals.ts'
import { errorBand } from './error-band.ts'
import { sum } from './robust-statistics.ts'
import { rollingForecasts } from './rolling-forecasts.ts'
import { DAYS_FOR_USUAL } from './usual-range.ts'

/**
 * The totals of the complete days, and of today so far. Days before the first count as days without
 * use.
 */
export interface UsageSoFar extends DailyTotals {
  readonly today?: {
    readonly used: number
    /**
     * The share of the day's usual use that falls before now, 0 to 1, or else the share of its
     * time.
     */
    readonly elapsedShare: number
  }
}

/** Half-open, from midnight to midnight UTC, like billing periods and months. */
export interface ForecastPeriod {
  readonly startMs: number
  readonly endMs: number
}

/**
 * The basis of a forecast. `none`: only the use so far, which is no real forecast. `few_days`: less
 * than three weeks, as a mean with a wide band. `weekly`: weeks, with weekdays and trend.
 */
type ForecastBasis = 'none' | 'few_days' | 'weekly'

/** In the unit of the totals; `used <= low <= total <= high`. */
export interface Forecast {
  readonly basis: ForecastBasis
  /** The use in the period so far. */
  readonly used: number
  /** The expected use in the whole period. */
  readonly total: number
  /** `low` to `high` contains the true total in eight of ten forecasts. */
  readonly low: number
  readonly high: number
}

/** The expected use in the period up to the end of one day. */
export interface DayForecast extends Forecast {
  readonly dayMs: number
}

/** Older history adds no accuracy and costs time. */
const MOST_DAYS = 28 * WEEK

/**
 * Forecasts the total of a period at its end. Combines simple forecasts by their recent errors
 * (`rollingForecasts`). The band comes from the errors they would have made on this history
 * (`errorBand`). A period that is over returns its exact total.
 */
export const forecastPeriod = (usage: UsageSoFar, period: ForecastPeriod): Forecast => {
  const last = forecastByDay(usage, period).at(-1)
  if (last) {
    const { basis, used, total, low, high } = last
    return { basis, used, total, low, high }
  }
  const used = usedIn(usage, period)
  return { basis: forecastBasis(usage.totals), used, total: used, low: used, high: used }
}

/** The same for the end of each remaining day, including today; empty for a period that is over. */
export const forecastByDay = (
  usage: UsageSoFar,
  period: ForecastPeriod,
): readonly DayForecast[] => {
  const todayMs = usage.firstDayMs + usage.totals.length * DAY_MS
  const basis = forecastBasis(usage.totals)
  const used = usedIn(usage, period)
  const days = Math.max(0, Math.ceil((period.endMs - todayMs) / DAY_MS))
  const before = Math.max(0, Math.floor((period.startMs - todayMs) / DAY_MS))
  const restOfToday = 1 - Math.min(1, Math.max(0, usage.today?.elapsedShare ?? 0))
  const history = fromFirstUse(usage.totals).slice(-MOST_DAYS)
  const forecasts = rollingForecasts(history, days)
  const path = forecasts.at(-1)?.path ?? []
  const band = errorBand(history, forecasts)
  let ahead = 0
  let low = used
  let high = used
  return Array.from({ length: Math.max(0, days - before) }, (_, index) => {
    const day = before + index
    ahead += (path[day] ?? 0) * (day === 0 ? restOfToday : 1)
    // For a period that begins later, the errors are spread over the days until its end.
    const span = day + restOfToday
    const within = index + (before === 0 ? restOfToday : 1)
    const stray = span > 0 ? (band(span) * within) / span : 0
    const total = used + ahead
    // Use up to a later day cannot be less.
    low = Math.max(low, total - stray)
    high = Math.max(high, total + stray)
    return { dayMs: todayMs + day * DAY_MS, basis, used, total, low, high }
  })
}

/** Returns the basis of a forecast from these days. */
const forecastBasis = (totals: readonly number[]): ForecastBasis => {
  const { length } = fromFirstUse(totals)
  return length === 0 ? 'none' : length < DAYS_FOR_USUAL ? 'few_days' : 'weekly'
}

const usedIn = (
  { firstDayMs, totals, today }: UsageSoFar,
  { startMs, endMs }: ForecastPeriod,
): number => {
  const from = Math.max(0, Math.floor((startMs - firstDayMs) / DAY_MS))
  const to = Math.max(0, Math.ceil((endMs - firstDayMs) / DAY_MS))
  const todayCounts = from <= totals.length && totals.length < to
  return sum(totals.slice(from, to)) + (todayCounts ? (today?.used ?? 0) : 0)
}
