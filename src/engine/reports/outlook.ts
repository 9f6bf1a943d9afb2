import type { Outlook } from '../../contract/insight.ts'
import type { DayForecast, UsageSoFar } from '../../core/insight/forecast.ts'
import type { Forecasts } from './forecasts.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** How many percent of the actual totals lie within a forecast's range. */
const BAND_PERCENT = 80

/** What was used by day in UTC, with today, of which so much is over. */
export interface DailyUse extends UsageSoFar {
  readonly today: NonNullable<UsageSoFar['today']>
}

/**
 * Use by day from the first of the history until today, of what was used on some of those days. As
 * of the full hour, so that what is told of it stays the same for a while.
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

/** Which days a history has, and when it is asked for. */
export interface DaysOfHistory {
  readonly fromMs: number
  readonly todayMs: number
  readonly atMs: number
}

/** On how many days before today an outlook rests. */
const DAYS_OF_HISTORY = 84

/** From the day on which a subscription began, if that is not longer ago. */
export const historyAt = (at: Date, startsAt: Date): DaysOfHistory => {
  const dayOf = (date: Date) => Math.floor(date.getTime() / DAY_MS) * DAY_MS
  const todayMs = dayOf(at)
  const fromMs = Math.max(todayMs - DAYS_OF_HISTORY * DAY_MS, dayOf(startsAt))
  return { fromMs: Math.min(fromMs, todayMs), todayMs, atMs: at.getTime() }
}

interface Stretch {
  readonly startMs: number
  readonly endMs: number
  /** What is known to be used in it. */
  readonly soFar: number
}

/** What is expected by the end of each day that is left of a stretch, and of it as a whole. */
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
  // On top of what is exactly known, which what is held belongs to.
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

/** When so much more will have been used, if that is expected within the days ahead. */
export const usedUpAt = (
  left: number,
  days: readonly DayForecast[],
  atMs: number,
): number | undefined => {
  let before = days[0]?.used ?? 0
  const wanted = before + left
  for (const { dayMs, total } of days) {
    if (total > before && total >= wanted) {
      const fromMs = Math.max(dayMs, atMs)
      const share = (wanted - before) / (total - before)
      return Math.round(fromMs + share * (dayMs + DAY_MS - fromMs))
    }
    before = total
  }
  return undefined
}
