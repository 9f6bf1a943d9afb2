/**
 * The three kinds of limits. A rate bounds how fast, a quota how much in a window, a concurrency
 * limit how much at once. A catalog says the kind by the limit's window. It is read from there in
 * this file and nowhere else; SQL compares the same words.
 */

/** In which time a rate refills its maximum. */
export const RATE_WINDOW_MS = 60_000

/** A rate: its window is `minute`. */
export const isRate = <Window extends string>(
  window: Window | undefined,
): window is Window & 'minute' => window === 'minute'

/** What is open at once: its window is `concurrent`. */
export const isConcurrency = <Window extends string>(
  window: Window | undefined,
): window is Window & 'concurrent' => window === 'concurrent'

/** What a window of time leaves: hour, day, month or period. */
export const isQuota = <Window extends string>(
  window: Window | undefined,
): window is Exclude<Window, 'minute' | 'concurrent'> =>
  window !== undefined && !isRate(window) && !isConcurrency(window)
