/** How often a step is tried, and the waits between tries. */
export interface RetryTerms {
  /** The number of tries before a person is needed. Default 5. */
  readonly attempts?: number
  /** The wait after the first failure. It doubles after each later one. Default 1,000. */
  readonly firstWaitMs?: number
  /** The longest wait. Default 900,000 (15 minutes). */
  readonly longestWaitMs?: number
}

const ATTEMPTS = 5
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 900_000

/** True when a step with this many failures is retried automatically. */
export const mayRetry = (failures: number, { attempts = ATTEMPTS }: RetryTerms = {}): boolean =>
  failures < attempts

/** When the next try is due. Waits double up to the longest. */
export const nextRetryAt = (
  failures: number,
  at: Date,
  { firstWaitMs = FIRST_WAIT_MS, longestWaitMs = LONGEST_WAIT_MS }: RetryTerms = {},
): Date => {
  const waitMs = Math.min(firstWaitMs * 2 ** Math.min(failures - 1, 30), longestWaitMs)
  return new Date(at.getTime() + waitMs)
}
