import { type BucketLevel, type LeakyRate, pourOne, waitMs } from '../../core/leaky-bucket.ts'
import { networkOf } from './client-address.ts'

/** How many wrong credentials are allowed. */
export interface AttemptLimits {
  readonly perAddress: LeakyRate
  /** For keys with the same prefix: attempts at one key from many addresses. */
  readonly perKeyPrefix: LeakyRate
}

export const DEFAULT_ATTEMPT_LIMITS: AttemptLimits = {
  perAddress: { perMinute: 10, burst: 30 },
  perKeyPrefix: { perMinute: 60, burst: 100 },
}

/** The source of a failure. Unknown addresses are not counted. */
interface FailedAttempt {
  readonly address: string | undefined
  readonly keyPrefix: string | undefined
}

export interface FailedAttempts {
  /** How long wrong credentials of an address get 429; 0: not at all. */
  readonly waitMs: (address: string | undefined) => number
  /**
   * Counts a failure. Returns how long to wait before the next, or 0 if the limit is not exceeded.
   */
  readonly failed: (attempt: FailedAttempt) => number
}

/** The most entries. A dropped entry is an old failure, which has mostly leaked out. */
const MAX_ENTRIES = 10_000

/** Counts failures in this process only, in tables of bounded size. */
export const createFailedAttempts = (limits: AttemptLimits, now: () => Date): FailedAttempts => {
  const addresses = createBuckets(limits.perAddress, now)
  const prefixes = createBuckets(limits.perKeyPrefix, now)
  return {
    waitMs: (address) => (address === undefined ? 0 : addresses.waitMs(networkOf(address))),
    failed: ({ address, keyPrefix }) =>
      Math.max(
        address === undefined ? 0 : addresses.pour(networkOf(address)),
        keyPrefix === undefined ? 0 : prefixes.pour(keyPrefix),
      ),
  }
}

const createBuckets = (rate: LeakyRate, now: () => Date) => {
  const levels = new Map<string, BucketLevel>()
  return {
    waitMs: (name: string): number => waitMs(levels.get(name), rate, now().getTime()),
    pour: (name: string): number => {
      const nowMs = now().getTime()
      const before = levels.get(name)
      const { fits, level } = pourOne(before, rate, nowMs)
      // The newest failure is last in the table. If it is full, the oldest is dropped.
      levels.delete(name)
      if (levels.size >= MAX_ENTRIES) levels.delete(levels.keys().next().value as string)
      levels.set(name, level)
      return fits ? 0 : waitMs(level, rate, nowMs)
    },
  }
}
