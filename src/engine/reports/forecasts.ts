import { type Anomaly, findAnomalies } from '../../core/insight/anomalies.ts'
import type { DailyTotals } from '../../core/insight/daily-totals.ts'
import {
  type DayForecast,
  type ForecastPeriod,
  forecastByDay,
} from '../../core/insight/forecast.ts'
import { Cache } from '../cache.ts'
import type { DailyUse } from './outlook.ts'

const MAX_ENTRIES = 10_000

/**
 * Caches forecasts and anomalies by the days that they are computed from. A forecast costs some
 * 10 ms, anomalies cost 2, and days that are over hardly change.
 */
export class Forecasts {
  readonly #forecasts = new Cache<readonly DayForecast[]>({ maxEntries: MAX_ENTRIES })
  readonly #anomalies = new Cache<readonly Anomaly[]>({ maxEntries: MAX_ENTRIES })

  /** Calls `forecastByDay` with today's use as 0. The caller adds it, so it is not in the key. */
  forecast(use: DailyUse, period: ForecastPeriod): readonly DayForecast[] {
    const { firstDayMs, totals, today } = use
    const { startMs, endMs } = period
    const key = [startMs, endMs, firstDayMs, today.elapsedShare, ...totals].join()
    return this.#forecasts.of(key, () =>
      forecastByDay({ ...use, today: { ...today, used: 0 } }, period),
    )
  }

  /** Calls `findAnomalies`. */
  anomalies(days: DailyTotals): readonly Anomaly[] {
    const key = [days.firstDayMs, ...days.totals].join()
    return this.#anomalies.of(key, () => findAnomalies(days))
  }
}
