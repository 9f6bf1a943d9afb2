import { numberFromUnits } from './amounts.ts'
import {
  type Aggregation,
  CREDITS_METER,
  type LimitBehavior,
  type LimitWindow,
} from './catalog-words.ts'
import { windowEnd } from './windows.ts'

/** A limit that a call touched, as the authority saw it under its lock. Units are the meter's smallest. */
export interface SeenLimit {
  readonly meter: string
  readonly window: LimitWindow
  readonly startMs: number
  /** undefined: unlimited */
  readonly max: bigint | undefined
  readonly behavior: LimitBehavior
  /** Used and held, before the call. */
  readonly before: bigint
  readonly asked: bigint
  readonly refused: boolean
}

/** How a limit stands after the decision. */
export interface LimitStanding extends SeenLimit {
  readonly used: bigint
  readonly remaining: bigint | undefined
  readonly overage: bigint
  readonly endMs: number
  /** Of the maximum; undefined when unlimited or when the maximum is 0 and nothing is used. */
  readonly percentUsed: number | undefined
}

export interface MeterShape {
  readonly aggregation: Aggregation
  readonly scale: number
}

export type RefusalReason = 'limit_exceeded' | 'rate_limited' | 'credits_exhausted'

/** Where a limit stands once the call has been let through, or refused and so left nothing behind. */
export const standingAfter = (
  seen: SeenLimit,
  allowed: boolean,
  aggregation: Aggregation,
  anchorMs: number,
): LimitStanding => {
  const used = allowed ? mergeLevels(aggregation, seen.before, seen.asked) : seen.before
  const over = seen.max === undefined ? 0n : used - seen.max
  return {
    ...seen,
    used,
    remaining: seen.max === undefined ? undefined : over >= 0n ? 0n : -over,
    overage: over > 0n ? over : 0n,
    endMs: windowEnd(seen.window, seen.startMs, anchorMs),
    percentUsed: percentOf(used, seen.max),
  }
}

/** How two parts of one window make its level; `latest` is the newer one's. */
const mergeLevels = (aggregation: Aggregation, level: bigint, units: bigint): bigint => {
  if (aggregation === 'max') return level > units ? level : units
  return aggregation === 'latest' ? units : level + units
}

/** Hundredths of a percent, rounded down, so that 100 means that it is used up. */
const percentOf = (used: bigint, max: bigint | undefined): number | undefined => {
  if (max === undefined) return undefined
  if (max === 0n) return used > 0n ? 100 : undefined
  return Number((used * 10_000n) / max) / 100
}

/**
 * The limit that a caller must know first: among those that refuse, the one that blocks longest
 * (so that `Retry-After` is honest); otherwise the one with the largest part used.
 */
export const bindingLimit = (standings: readonly LimitStanding[]): LimitStanding | undefined => {
  const refusing = standings.filter((limit) => limit.refused)
  if (refusing.length > 0) return refusing.reduce((a, b) => (b.endMs > a.endMs ? b : a))
  return standings
    .filter((limit) => limit.max !== undefined)
    .reduce<LimitStanding | undefined>(
      (a, b) => (a && (a.percentUsed ?? 0) >= (b.percentUsed ?? 0) ? a : b),
      undefined,
    )
}

/** What to call the refusal of a limit. */
export const refusalReason = (limit: SeenLimit): RefusalReason => {
  if (limit.meter === CREDITS_METER) return 'credits_exhausted'
  return limit.window === 'minute' ? 'rate_limited' : 'limit_exceeded'
}

/** The limit that deserves a warning: the one with the largest part used, from the threshold on. */
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

/** What is left of the credits; null when no limit is on them. The tightest one counts. */
export const remainingCredits = (
  standings: readonly LimitStanding[],
  scale: number,
): number | null =>
  standings
    .filter((limit) => limit.meter === CREDITS_METER && limit.remaining !== undefined)
    .map((limit) => numberFromUnits(limit.remaining as bigint, scale))
    .reduce<number | null>((least, left) => (least === null || left < least ? left : least), null)

/** Whole seconds from `nowMs` until the window ends, rounded up: never a moment too early. */
export const secondsUntil = (endMs: number, nowMs: number): number =>
  Math.max(1, Math.ceil((endMs - nowMs) / 1000))
