import {
  type DayForecast,
  type ForecastPeriod,
  forecastByDay,
} from '../../core/insight/forecast.ts'
import type { DailyUse } from './outlook.ts'

const MOST_REMEMBERED = 5_000

/**
 * Forecasts that were made, by all that they were made of but what is used today, which only adds
 * to them: a forecast costs some 10 ms, and its days of history change once a day.
 */
export class ForecastMemory {
  readonly #made = new Map<string, readonly DayForecast[]>()

  /** As `forecastByDay` gives it, without what is used today. */
  byDay(use: DailyUse, period: ForecastPeriod): readonly DayForecast[] {
    const { firstDayMs, totals, today } = use
    const { startMs, endMs } = period
    const key = [startMs, endMs, firstDayMs, today.elapsedShare, ...totals].join()
    const known = this.#made.get(key)
    if (known) return known
    const made = forecastByDay({ ...use, today: { ...today, used: 0 } }, period)
    if (this.#made.size >= MOST_REMEMBERED) this.#forgetOldest()
    this.#made.set(key, made)
    return made
  }

  #forgetOldest(): void {
    const oldest = this.#made.keys().next().value
    if (oldest !== undefined) this.#made.delete(oldest)
  }
}
