import type { TimeWindow } from './catalog-words.ts'

/**
 * The windows of limits, all half-open: the end of one window is the start of the next. They follow
 * UTC. Instants are milliseconds since 1970. The database computes the same starts
 * (`tollgate.window_start`), and a property test compares the two.
 */

const MINUTE_MS = 60_000
const LENGTH_MS = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: 1_440 * MINUTE_MS } as const

/**
 * The start of the window that contains `atMs`. Only `period` uses `anchorMs`, the subscription's
 * start.
 */
export const windowStart = (window: TimeWindow, atMs: number, anchorMs: number): number => {
  if (window === 'month') return utcDay(monthIndex(atMs), 1)
  if (window === 'period') return periodBoundary(anchorMs, periodIndex(anchorMs, atMs))
  return Math.floor(atMs / LENGTH_MS[window]) * LENGTH_MS[window]
}

/** The end of the window that contains `atMs`, which is the start of the next one. */
export const windowEnd = (window: TimeWindow, atMs: number, anchorMs: number): number => {
  if (window === 'month') return utcDay(monthIndex(atMs) + 1, 1)
  if (window === 'period') return periodBoundary(anchorMs, periodIndex(anchorMs, atMs) + 1)
  return windowStart(window, atMs, anchorMs) + LENGTH_MS[window]
}

/** The month of `atMs`, counted from year 0. */
const monthIndex = (atMs: number): number => {
  const date = new Date(atMs)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

const SHORTEST_MONTH_DAYS = 28
/** `Date.UTC` reads years below as those of the 20th century. */
const FIRST_PLAIN_YEAR = 100

/**
 * Midnight of a day in a month counted from year 0. A day past the end of the month becomes its
 * last.
 */
const utcDay = (months: number, day: number): number => {
  const year = Math.floor(months / 12)
  const month = months - year * 12
  // Every month has these days, and most years need no special care.
  if (day <= SHORTEST_MONTH_DAYS && year >= FIRST_PLAIN_YEAR) return Date.UTC(year, month, day)
  const lastDay = new Date(Date.UTC(2000, 0, 1))
  lastDay.setUTCFullYear(year, month + 1, 0)
  const date = new Date(Date.UTC(2000, 0, 1))
  date.setUTCFullYear(year, month, Math.min(day, lastDay.getUTCDate()))
  return date.getTime()
}

/**
 * The k-th period boundary: the anchor's day plus k months, clamped to the end of the month. It is
 * computed from the anchor, not from the boundary before (31 January, 28 February, 31 March).
 */
const periodBoundary = (anchorMs: number, k: number): number =>
  utcDay(monthIndex(anchorMs) + k, new Date(anchorMs).getUTCDate())

/** The index of the period that contains `atMs`; negative before the anchor. */
const periodIndex = (anchorMs: number, atMs: number): number => {
  const k = monthIndex(atMs) - monthIndex(anchorMs)
  return periodBoundary(anchorMs, k) > atMs ? k - 1 : k
}
