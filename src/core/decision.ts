import { numberFromUnits } from './amounts.ts'
import {
  type Aggregation,
  CREDITS_METER,
  type LimitBehavior,
  type LimitSubject,
  type LimitWindow,
} from './catalog-words.ts'
import { leakMs } from './leaky-bucket.ts'
import { isConcurrency, isRate } from './limit-kind.ts'
import { windowEnd } from './windows.ts'

/**
 * A limit that a call touched, as the authority read it under its lock. Amounts are in the meter's
 * smallest unit.
 */
export interface SeenLimit {
  readonly meter: string
  readonly window: LimitWindow
  readonly per: LimitSubject
  /**
   * The user or API key that the limit applies to. Empty for a limit of the organization, and for a
   * call that names none.
   */
  readonly subject: string
  /**
   * The start of the window. For limits without one, the moment of the decision. A rate whose clock
   * went back has the moment of its last charge instead.
   */
  readonly startMs: number
  /** undefined: unlimited */
  readonly max: bigint | undefined
  readonly behavior: LimitBehavior
  readonly burst: bigint | undefined
  readonly cap: bigint | undefined
  /**
   * For an overage allowance: what was charged before this call, past the maximum and past grants.
   */
  readonly past?: bigint | undefined
  /** Used, held and leased, before the call. */
  readonly before: bigint
  /**
   * For a rate: the part of the last unit of `before` that has leaked out, in unit-milliseconds.
   */
  readonly leaked?: bigint | undefined
  readonly asked: bigint
  readonly refused: boolean
  /** The part of `max` that grants paid for in this window. The next window does not have it. */
  readonly drawn?: bigint | undefined
}

/** The state of a limit after the decision. */
export interface LimitStanding extends SeenLimit {
  readonly used: bigint
  readonly remaining: bigint | undefined
  readonly overage: bigint
  /** When the whole maximum is available again; undefined when time alone frees nothing. */
  readonly endMs: number | undefined
  /** When the refused call would fit; undefined when it never will, or was not refused. */
  readonly retryAtMs: number | undefined
  /** The share of the maximum. Undefined when unlimited, and when maximum and use are both 0. */
  readonly percentUsed: number | undefined
}

export interface MeterShape {
  readonly aggregation: Aggregation
  readonly scale: number
}

/** True when a limit per user or API key met a call that names none. */
export const isAnonymous = ({ per, subject }: Pick<SeenLimit, 'per' | 'subject'>): boolean =>
  per !== 'organization' && subject === ''

export type RefusalReason =
  | 'subject_missing'
  | 'limit_exceeded'
  | 'rate_limited'
  | 'too_many_concurrent'
  | 'credits_exhausted'
  | 'spend_cap_reached'

/** Returns the state of a limit after a decision. A refused call leaves it unchanged. */
export const standingAfter = (
  seen: SeenLimit,
  allowed: boolean,
  aggregation: Aggregation,
  anchorMs: number,
): LimitStanding => {
  const used = allowed ? mergeLevels(aggregation, seen.before, seen.asked) : seen.before
  const full = isRate(seen.window) ? (seen.burst ?? seen.max) : seen.max
  const over = full === undefined ? 0n : used - full
  const endMs = endOf(seen, used, anchorMs)
  return {
    meter: seen.meter,
    window: seen.window,
    per: seen.per,
    subject: seen.subject,
    startMs: seen.startMs,
    max: seen.max,
    behavior: seen.behavior,
    burst: seen.burst,
    cap: seen.cap,
    past: seen.past,
    before: seen.before,
    asked: seen.asked,
    refused: seen.refused,
    leaked: seen.leaked,
    drawn: seen.drawn,
    used,
    remaining: full === undefined ? undefined : over >= 0n ? 0n : -over,
    overage: (over > 0n ? over : 0n) + (seen.past ?? 0n),
    endMs,
    retryAtMs: seen.refused ? retryAt(seen, full, endMs) : undefined,
    percentUsed: percentOf(used, full),
  }
}

/** The end of a window, or when all of a rate has leaked out. That never comes for a rate of 0. */
const endOf = (seen: SeenLimit, used: bigint, anchorMs: number): number | undefined => {
  if (isConcurrency(seen.window)) return undefined
  if (isRate(seen.window) && seen.max === 0n) return undefined
  if (isRate(seen.window)) return seen.startMs + leakOf(used, seen)
  return windowEnd(seen.window, seen.startMs, anchorMs)
}

const retryAt = (
  seen: SeenLimit,
  full: bigint | undefined,
  endMs: number | undefined,
): number | undefined => {
  if (isAnonymous(seen)) return undefined
  if (!isRate(seen.window)) return fitsAfresh(seen) ? endMs : undefined
  const tooMuch = seen.before + seen.asked - (full ?? 0n)
  const never = seen.max === undefined || seen.max === 0n || seen.asked > (full ?? 0n)
  return never ? undefined : seen.startMs + leakOf(tooMuch, seen)
}

/** True when the call would fit an unused window. Otherwise waiting does not help. */
const fitsAfresh = ({ behavior, max, cap, drawn = 0n, asked }: SeenLimit): boolean => {
  const ceiling = behavior === 'overage' ? cap : max
  return ceiling === undefined || asked <= ceiling - drawn
}

/** The milliseconds until some units of a rate have leaked out. */
const leakOf = (units: bigint, { max, leaked }: SeenLimit): number =>
  units === 0n || !max ? 0 : leakMs(units, max, leaked)

/** Combines a level with new units. A `latest` meter takes the new value. */
const mergeLevels = (aggregation: Aggregation, level: bigint, units: bigint): bigint => {
  if (aggregation === 'max') return level > units ? level : units
  return aggregation === 'latest' ? units : level + units
}

/** Rounded down to hundredths of a percent, so that 100 means exhausted. */
const percentOf = (used: bigint, max: bigint | undefined): number | undefined => {
  if (max === undefined) return undefined
  if (max === 0n) return used > 0n ? 100 : undefined
  return Number((used * 10_000n) / max) / 100
}

/**
 * Selects the limit to report. If any limits refuse, the one that blocks longest, so that
 * `Retry-After` is correct. Otherwise the one with the largest share used.
 */
export const bindingLimit = (standings: readonly LimitStanding[]): LimitStanding | undefined => {
  const refusing = standings.filter((limit) => limit.refused)
  const blockedUntil = (limit: LimitStanding) => limit.retryAtMs ?? Number.POSITIVE_INFINITY
  if (refusing.length > 0) {
    return refusing.reduce((a, b) => (blockedUntil(b) > blockedUntil(a) ? b : a))
  }
  return standings
    .filter((limit) => limit.max !== undefined)
    .reduce<LimitStanding | undefined>(
      (a, b) => (a && (a.percentUsed ?? 0) >= (b.percentUsed ?? 0) ? a : b),
      undefined,
    )
}

/** The reason code for a refusal by this limit. */
export const refusalReason = (limit: SeenLimit): RefusalReason => {
  if (isAnonymous(limit)) return 'subject_missing'
  if (isRate(limit.window)) return 'rate_limited'
  if (isConcurrency(limit.window)) return 'too_many_concurrent'
  if (limit.behavior === 'overage') return 'spend_cap_reached'
  return limit.meter === CREDITS_METER ? 'credits_exhausted' : 'limit_exceeded'
}

/** Selects the limit to warn about: the largest share used, if it reaches the threshold. */
export const limitToWarnOf = (
  standings: readonly LimitStanding[],
  warnPercent: number,
): LimitStanding | undefined =>
  standings
    .filter((limit) => limit.percentUsed !== undefined && limit.percentUsed >= warnPercent)
    .reduce<LimitStanding | undefined>(
      (a, b) => (a && (a.percentUsed ?? 0) >= (b.percentUsed ?? 0) ? a : b),
      undefined,
    )

/** The credits that are left under the tightest limit; null when no limit is on credits. */
export const remainingCredits = (
  standings: readonly LimitStanding[],
  scale: number,
): number | null =>
  standings
    .filter(
      ({ meter, per, window, remaining }) =>
        meter === CREDITS_METER &&
        per === 'organization' &&
        !isRate(window) &&
        remaining !== undefined,
    )
    .map((limit) => numberFromUnits(limit.remaining as bigint, scale))
    .reduce<number | null>((least, left) => (least === null || left < least ? left : least), null)

/**
 * Whole seconds from `nowMs` until the window ends. Rounds up, so that a retry is never too early.
 */
export const secondsUntil = (endMs: number, nowMs: number): number =>
  Math.max(1, Math.ceil((endMs - nowMs) / 1000))
