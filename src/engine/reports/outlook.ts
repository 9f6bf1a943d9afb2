import type { Outlook } from '../../contract/insight.ts'
import type { DayForecast, UsageSoFar } from '../../core/insight/forecast.ts'
import type { Forecasts } from './forecasts.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** The share of actual totals that lie within a forecast's range. */
const BAND_PERCENT = 80

/** Use by UTC day, including today, and the share of today that is over. */
export interface DailyUse extends UsageSoFar {
  readonly today: NonNullable<UsageSoFar['today']>
}

/**
 * The use of every day from the start of the history until today; days without use are 0. It is as
 * of the full hour, so that cached answers stay the same within the hour.
 */
export const dailyUse = (
  used: Iterable<readonly [dayMs: number, used: number]>,
  { fromMs, todayMs, atMs }: DaysOfHistory,
): DailyUse => {
  const days = Math.round((todayMs - fromMs) / DAY_MS)
  const totals = new Array<number>(days + 1).fill(0)
  for (const [dayMs, amount] of used) totals[Math.round((dayMs - fromMs) / DAY_MS)] = amount
  const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS
  return {
    firstDayMs: fromMs,
    totals: totals.slice(0, days),
    today: { used: totals[days] ?? 0, elapsedShare: (hourMs - todayMs) / DAY_MS },
  }
}

/** The days of a history, and the time at which it is read. */
export interface DaysOfHistory {
  readonly fromMs: number
  readonly todayMs: number
  readonly atMs: number
}

/** The most days before today that a forecast is based on. */
const DAYS_OF_HISTORY = 84

/** The history starts 84 days ago, or on the day when the subscription began if that is later. */
export const historyAt = (at: Date, startsAt: Date): DaysOfHistory => {
  const dayOf = (date: Date) => Math.floor(date.getTime() / DAY_MS) * DAY_MS
  const todayMs = dayOf(at)
  const fromMs = Math.max(todayMs - DAYS_OF_HISTORY * DAY_MS, dayOf(startsAt))
  return { fromMs: Math.min(fromMs, todayMs), todayMs, atMs: at.getTime() }
}

interface Stretch {
  readonly startMs: number
  readonly endMs: number
  /** The known use within it. */
  readonly soFar: number
}

/** The forecast for each remaining day of a stretch, and for the whole stretch. */
export const outlookOf = (
  forecasts: Pick<Forecasts, 'forecast'>,
  use: DailyUse,
  { startMs, endMs, soFar }: Stretch,
): { readonly outlook: Outlook; readonly days: readonly DayForecast[] } => {
  const days = forecasts.forecast(use, { startMs, endMs })
  const last = days.at(-1)
  const known = {
    soFar,
    bandPercent: BAND_PERCENT,
    daysOfHistory: use.totals.length,
    endsAt: new Date(endMs).toISOString(),
  }
  if (!last || last.basis === 'none') {
    return { outlook: { ...known, expected: null, low: null, high: null, basis: 'none' }, days: [] }
  }
  const { basis, used, total, low, high } = last
  // The expected rest is added to the known use, because that includes holds.
  const fromNow = (amount: number) => soFar + Math.max(0, amount - used)
  return {
    outlook: {
      ...known,
      basis,
      expected: fromNow(total),
      low: fromNow(low),
      high: fromNow(high),
    },
    days,
  }
}

/**
 * The time at which `left` more is expected to be used up. Undefined: not within the forecast days.
 * It is as of the full hour, like `dailyUse`. Within this hour, it is the end of the hour.
 */
export const usedUpAt = (
  left: number,
  days: readonly DayForecast[],
  atMs: number,
): number | undefined => {
  const hourMs = Math.floor(atMs / HOUR_MS) * HOUR_MS
  let before = days[0]?.used ?? 0
  const wanted = before + left
  for (const { dayMs, total } of days) {
    if (total > before && total >= wanted) {
      const fromMs = Math.max(dayMs, hourMs)
      const share = (wanted - before) / (total - before)
      return Math.max(Math.round(fromMs + share * (dayMs + DAY_MS - fromMs)), hourMs + HOUR_MS)
    }
    before = total
  }
  return undefined
}
