const DAY_MS = 86_400_000

/** The UTC day so many days ago, as `2026-11-05`: for a range that the API then buckets. */
export const daysAgo = (days: number, nowMs = Date.now()): string =>
  new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10)

/** A day as it was chosen (`2026-11-05`), as the moment (UTC) at which it begins. */
export const startOfDay = (date: string): string => `${date}T00:00:00.000Z`

/** The day after a day (UTC). */
export const dayAfter = (date: string): string =>
  new Date(Date.parse(startOfDay(date)) + DAY_MS).toISOString().slice(0, 10)
