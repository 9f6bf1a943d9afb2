/**
 * The three kinds of limits. A rate bounds speed, a quota bounds use in a window, and a concurrency
 * limit bounds what is open at once. The kind follows from the window in the catalog. Only this
 * file decides it in TypeScript; SQL compares the same words.
 */

/** The time in which a rate refills its maximum. */
export const RATE_WINDOW_MS = 60_000

/** True for a rate: its window is `minute`. */
export const isRate = <Window extends string>(
  window: Window | undefined,
): window is Window & 'minute' => window === 'minute'

/** True for a concurrency limit: its window is `concurrent`. */
export const isConcurrency = <Window extends string>(
  window: Window | undefined,
): window is Window & 'concurrent' => window === 'concurrent'

/** True for a quota: its window is hour, day, month or period. */
export const isQuota = <Window extends string>(
  window: Window | undefined,
): window is Exclude<Window, 'minute' | 'concurrent'> =>
  window !== undefined && !isRate(window) && !isConcurrency(window)
