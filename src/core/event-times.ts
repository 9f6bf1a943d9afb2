import { windowStart } from './windows.ts'

const DAY_MS = 86_400_000

/**
 * What two clocks may differ by, either way. Machines that set their clocks by the network differ
 * by far less; a few minutes also cover a request that waited in a queue. It moves at most five
 * minutes of use into the window beside its own.
 */
export const CLOCK_TOLERANCE_MS = 5 * 60_000

/** How old use may be that is recorded: whoever was cut off sends it later. */
const MAX_AGE_MS = 35 * DAY_MS

/** Nothing that anyone meters is older. */
const EARLIEST_MS = Date.UTC(2000, 0, 1)

/**
 * What a timestamp may be. `now`: the gate decides about the present. `happened`: the ledger takes
 * what was used. `backfill`: the platform brings in history.
 */
export type TimeRule = 'now' | 'happened' | 'backfill'

/**
 * Why a timestamp is not taken; undefined: it is. It is never moved to another moment. A bill
 * begins with the midnight of the day on which the subscription began: nothing before it is taken,
 * by anybody's word, since no bill would ever have it.
 */
export const timestampFault = (
  atMs: number,
  { nowMs, startsAtMs, rule }: { nowMs: number; startsAtMs: number; rule: TimeRule },
): string | undefined => {
  const ageMs = nowMs - atMs
  if (-ageMs > CLOCK_TOLERANCE_MS) return 'must be at most 5 minutes ahead'
  if (rule === 'now' && ageMs > CLOCK_TOLERANCE_MS) {
    return 'must be at most 5 minutes ago: this decides about now, and `record` states what happened'
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
  return `must not be before the subscription began, which was on ${startsAt}: no bill has it`
}
