import { windowStart } from './windows.ts'

const DAY_MS = 86_400_000

/**
 * The clock difference that is accepted, either way. Synchronized clocks differ by far less, and a
 * few minutes also cover a request that waited in a queue. At most five minutes of use can fall
 * into a neighbouring window.
 */
export const CLOCK_TOLERANCE_MS = 5 * 60_000

/**
 * The greatest age of use that can be recorded. It covers senders that were offline for a month.
 */
const MAX_AGE_MS = 35 * DAY_MS

/** The earliest timestamp that is accepted at all. */
const EARLIEST_MS = Date.UTC(2000, 0, 1)

/**
 * Which timestamps are accepted. `now`: the gate decides about the present. `happened`: the ledger
 * records past use. `backfill`: the platform imports history.
 */
export type TimeRule = 'now' | 'happened' | 'backfill'

/**
 * Explains why a timestamp is refused; undefined when it is accepted. Timestamps are never shifted.
 * Nothing before the subscription's first day (midnight) is accepted from anybody, because no
 * invoice would cover it.
 */
export const timestampFault = (
  atMs: number,
  { nowMs, startsAtMs, rule }: { nowMs: number; startsAtMs: number; rule: TimeRule },
): string | undefined => {
  const ageMs = nowMs - atMs
  if (-ageMs > CLOCK_TOLERANCE_MS) return 'must be at most 5 minutes ahead'
  if (rule === 'now' && ageMs > CLOCK_TOLERANCE_MS) {
    return 'must be at most 5 minutes ago: use `record` for past use'
  }
  if (atMs < EARLIEST_MS) return 'must not be before the year 2000'
  if (ageMs > MAX_AGE_MS && rule === 'happened') {
    return 'must be at most 35 days old (a platform admin may send `backfill: true`)'
  }
  return beforeFirstBill(atMs, startsAtMs, rule)
}

const beforeFirstBill = (atMs: number, startsAtMs: number, rule: TimeRule): string | undefined => {
  if (atMs >= startsAtMs) return undefined
  const startsAt = new Date(startsAtMs).toISOString()
  const billedFromMs = windowStart('period', startsAtMs, startsAtMs)
  const earliestMs =
    rule === 'backfill' ? billedFromMs : Math.max(billedFromMs, startsAtMs - CLOCK_TOLERANCE_MS)
  if (atMs >= earliestMs) return undefined
  return `must not be before the subscription began on ${startsAt}: no invoice would include it`
}
