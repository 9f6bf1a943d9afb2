import type { TimeWindow } from './catalog-words.ts'

/**
 * The windows in which limits count, all in UTC and half-open: a window's end is the next one's
 * start, so that they tile time. Instants are milliseconds since 1970. The database computes the
 * same starts (`tollgate.window_start`); a property test holds the two together.
 */

const MINUTE_MS = 60_000
const LENGTH_MS = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 1_440 * MINUTE_MS } as const

/** Start of the window that contains `atMs`. `anchorMs`, the subscription's start, is for periods. */
export const windowStart = (window: TimeWindow, atMs: number, anchorMs: number): number => {
  if (window === 'month') return utcDay(monthIndex(atMs), 1)
  if (window === 'period') return periodBoundary(anchorMs, periodIndex(anchorMs, atMs))
  return Math.floor(atMs / LENGTH_MS[window]) * LENGTH_MS[window]
}

/** The instant at which the window that contains `atMs` is over and the next one starts. */
export const windowEnd = (window: TimeWindow, atMs: number, anchorMs: number): number => {
  if (window === 'month') return utcDay(monthIndex(atMs) + 1, 1)
  if (window === 'period') return periodBoundary(anchorMs, periodIndex(anchorMs, atMs) + 1)
  return windowStart(window, atMs, anchorMs) + LENGTH_MS[window]
}

/** Months since year 0 of the month that contains `atMs`. */
const monthIndex = (atMs: number): number => {
  const date = new Date(atMs)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/** Midnight of a day in a month counted since year 0; a day past the month's end is its last. */
const utcDay = (months: number, day: number): number => {
  const year = Math.floor(months / 12)
  const month = months - year * 12
  const lastDay = new Date(Date.UTC(2000, 0, 1))
  lastDay.setUTCFullYear(year, month + 1, 0)
  const date = new Date(Date.UTC(2000, 0, 1))
  date.setUTCFullYear(year, month, Math.min(day, lastDay.getUTCDate()))
  return date.getTime()
}

/**
 * The k-th boundary of the periods: the anchor's day plus k months, clamped to the month's end
 * from the anchor itself and never from the boundary before (31 January, 28 February, 31 March).
 */
const periodBoundary = (anchorMs: number, k: number): number =>
  utcDay(monthIndex(anchorMs) + k, new Date(anchorMs).getUTCDate())

/** Which period contains `atMs`; negative before the anchor. */
const periodIndex = (anchorMs: number, atMs: number): number => {
  const k = monthIndex(atMs) - monthIndex(anchorMs)
  return periodBoundary(anchorMs, k) > atMs ? k - 1 : k
}
