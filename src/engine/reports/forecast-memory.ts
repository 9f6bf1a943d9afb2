import { type Anomaly, findAnomalies } from '../../core/insight/anomalies.ts'
import type { DailyTotals } from '../../core/insight/daily-totals.ts'
import {
  type DayForecast,
  type ForecastPeriod,
  forecastByDay,
} from '../../core/insight/forecast.ts'
import type { DailyUse } from './outlook.ts'

const MOST_REMEMBERED = 10_000

/**
 * What was worked out from days that are over, by all that it was made of: a forecast costs some
 * 10 ms and looking for anomalies 2, and those days hardly change before the next one is over.
 */
export class ForecastMemory {
  readonly #forecasts = new Map<string, readonly DayForecast[]>()
  readonly #anomalies = new Map<string, readonly Anomaly[]>()

  /** As `forecastByDay` gives it, without what is used today, which only adds to it. */
  forecast(use: DailyUse, period: ForecastPeriod): readonly DayForecast[] {
    const { firstDayMs, totals, today } = use
    const { startMs, endMs } = period
    const key = [startMs, endMs, firstDayMs, today.elapsedShare, ...totals].join()
    return remembered(this.#forecasts, key, () =>
      forecastByDay({ ...use, today: { ...today, used: 0 } }, period),
    )
  }

  /** As `findAnomalies` gives them. */
  anomalies(days: DailyTotals): readonly Anomaly[] {
    const key = [days.firstDayMs, ...days.totals].join()
    return remembered(this.#anomalies, key, () => findAnomalies(days))
  }
}

/** Made when it is not known; the one that is known longest makes room. */
const remembered = <Value>(known: Map<string, Value>, key: string, make: () => Value): Value => {
  const found = known.get(key)
  if (found !== undefined) return found
  const made = make()
  const oldest = known.keys().next().value
  if (known.size >= MOST_REMEMBERED && oldest !== undefined) known.delete(oldest)
  known.set(key, made)
  return made
}
