import { DAY_MS } from './daily-totals.ts'
import {
  type ForecastBasis,
  type ForecastPeriod,
  forecastBasis,
  forecastByDay,
  type UsageSoFar,
} from './forecast.ts'

/** Days on which a limit is used up, as the midnights in UTC that begin them. */
export interface RunOut {
  readonly basis: ForecastBasis
  /** Undefined when the limit is expected to last for the period. */
  readonly dayMs: number | undefined
  /** At the upper edge of the forecast's band; undefined when it lasts even then. */
  readonly earliestMs: number | undefined
  /** At the lower edge; undefined when the limit may well last. */
  readonly latestMs: number | undefined
}

/**
 * The day on which the use of a period reaches a limit: the day itself when it has happened, else
 * by the same daily path and band as `forecastPeriod`, so that the two never disagree.
 */
export const forecastRunOut = (
  usage: UsageSoFar,
  period: ForecastPeriod,
  limit: number,
): RunOut => {
  const days = forecastByDay(usage, period)
  const basis = forecastBasis(usage.totals)
  const passedMs = dayPassed(usage, period, limit)
  if (passedMs !== undefined) {
    return { basis, dayMs: passedMs, earliestMs: passedMs, latestMs: passedMs }
  }
  return {
    basis,
    dayMs: days.find(({ total }) => total >= limit)?.dayMs,
    earliestMs: days.find(({ high }) => high >= limit)?.dayMs,
    latestMs: days.find(({ low }) => low >= limit)?.dayMs,
  }
}

/** The day of the period on which what was used reached the limit, today included. */
const dayPassed = (
  { firstDayMs, totals, today }: UsageSoFar,
  { startMs, endMs }: ForecastPeriod,
  limit: number,
): number | undefined => {
  let used = 0
  for (const [day, total] of [...totals, today?.used ?? 0].entries()) {
    const dayMs = firstDayMs + day * DAY_MS
    if (dayMs + DAY_MS <= startMs || dayMs >= endMs) continue
    used += total
    if (used >= limit) return dayMs
  }
  return undefined
}
