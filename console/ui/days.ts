const DAY_MS = 86_400_000

/** The UTC date a number of days ago, as `2026-11-05`. */
export const daysAgo = (days: number, nowMs = Date.now()): string =>
  new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10)

/** The start of a date (`2026-11-05`) in UTC. */
export const startOfDay = (date: string): string => `${date}T00:00:00.000Z`

/** The date after a date (UTC). */
export const dayAfter = (date: string): string =>
  new Date(Date.parse(startOfDay(date)) + DAY_MS).toISOString().slice(0, 10)
