/** How often a step is tried, and how long it waits between two tries. */
export interface RetryTerms {
  /** Tries in all, before a person is needed. Default 5. */
  readonly attempts?: number
  /** The wait after the first failure; each later one is twice as long. Default 1,000. */
  readonly firstWaitMs?: number
  /** No wait is longer. Default 900,000, a quarter of an hour. */
  readonly longestWaitMs?: number
}

const ATTEMPTS = 5
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 900_000

/** Whether a step that has failed so often is tried again by itself. */
export const mayRetry = (failures: number, { attempts = ATTEMPTS }: RetryTerms = {}): boolean =>
  failures < attempts

/** When it is. Waits double, up to the longest. */
export const nextRetryAt = (
  failures: number,
  at: Date,
  { firstWaitMs = FIRST_WAIT_MS, longestWaitMs = LONGEST_WAIT_MS }: RetryTerms = {},
): Date => {
  const waitMs = Math.min(firstWaitMs * 2 ** Math.min(failures - 1, 30), longestWaitMs)
  return new Date(at.getTime() + waitMs)
}
