import { type BucketLevel, type LeakyRate, pourOne, waitMs } from '../../core/leaky-bucket.ts'
import { networkOf } from './client-address.ts'

/** How many credentials that nobody has may be tried. */
export interface AttemptLimits {
  readonly perAddress: LeakyRate
  /** For keys that begin alike: the same key, guessed at from many addresses. */
  readonly perKeyPrefix: LeakyRate
}

export const DEFAULT_ATTEMPT_LIMITS: AttemptLimits = {
  perAddress: { perMinute: 10, burst: 30 },
  perKeyPrefix: { perMinute: 60, burst: 100 },
}

/** Who failed, for the counting; an address that is not known is not counted. */
interface FailedAttempt {
  readonly address: string | undefined
  readonly keyPrefix: string | undefined
}

export interface FailedAttempts {
  /** How long an address is answered 429 to what is wrong; 0: it is not. */
  readonly waitMs: (address: string | undefined) => number
  /** Counts one; how long to wait before the next, where that was one too many, and else 0. */
  readonly failed: (attempt: FailedAttempt) => number
}

/** The rate of the limit that is passed says when there is room again, so few entries are enough. */
const MAX_ENTRIES = 10_000

/** Counts failures in this process alone, in tables of a bounded size. */
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
      // Last in the table is who failed last; the first one goes when it is full.
      levels.delete(name)
      if (levels.size >= MAX_ENTRIES) levels.delete(levels.keys().next().value as string)
      levels.set(name, level)
      return fits ? 0 : waitMs(level, rate, nowMs)
    },
  }
}
