import { DAY_MS, type DailyTotals, fromFirstUse, WEEK } from './daily-totals.ts'
import { errorBand } from './error-band.ts'
import { sum } from './robust-statistics.ts'
import { rollingForecasts } from './rolling-forecasts.ts'
import { DAYS_FOR_USUAL } from './usual-range.ts'

/**
 * The complete days that are known, and of the day after them, which is today, what has passed.
 * Days before the first are taken for days without use.
 */
export interface UsageSoFar extends DailyTotals {
  readonly today?: {
    readonly used: number
    /** From 0 to 1: how much of the day's usual use falls before now, or else of its time. */
    readonly elapsedShare: number
  }
}

/** Half-open, from midnight to midnight in UTC, as billing periods and months are. */
export interface ForecastPeriod {
  readonly startMs: number
  readonly endMs: number
}

/**
 * What a forecast is based on: nothing (it is then what is used already, and no forecast at all),
 * less than three weeks of days (their mean, in a wide band), or weeks, with weekdays and trend.
 */
type ForecastBasis = 'none' | 'few_days' | 'weekly'

/** In the unit of the totals; `used <= low <= total <= high`. */
export interface Forecast {
  readonly basis: ForecastBasis
  /** What is used in the period so far. */
  readonly used: number
  /** What will be used in the whole period. */
  readonly total: number
  /** Where the total lies in eight of ten such forecasts. */
  readonly low: number
  readonly high: number
}

/** What will be used in the period by the end of a day, from its first day on. */
export interface DayForecast extends Forecast {
  readonly dayMs: number
}

/** History beyond this says nothing that the last half-year does not, and costs time. */
const MOST_DAYS = 28 * WEEK

/**
 * The total of a period by its end. A combination of simple forecasts by their recent errors, in a
 * band from the errors that it would have made on this history (see `rollingForecasts` and
 * `errorBand` for the methods and their sources). A period that is over has its exact total.
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

/** The same for the end of each day left, today included; empty for a period that is over. */
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
    // Before a period that begins later the same errors are spread over the days until its end.
    const span = day + restOfToday
    const within = index + (before === 0 ? restOfToday : 1)
    const stray = span > 0 ? (band(span) * within) / span : 0
    const total = used + ahead
    // What is used by a later day cannot be less.
    low = Math.max(low, total - stray)
    high = Math.max(high, total + stray)
    return { dayMs: todayMs + day * DAY_MS, basis, used, total, low, high }
  })
}

/** What a forecast from these days is based on. */
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
