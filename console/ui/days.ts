const DAY_MS = 86_400_000

/** The UTC day so many days ago, as `2026-11-05`: for a range that the API then buckets. */
export const daysAgo = (days: number, nowMs = Date.now()): string =>
  new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10)
