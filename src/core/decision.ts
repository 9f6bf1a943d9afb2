import { numberFromUnits } from './amounts.ts'
import {
  type Aggregation,
  CREDITS_METER,
  type LimitBehavior,
  type LimitSubject,
  type LimitWindow,
} from './catalog-words.ts'
import { isConcurrency, isRate, RATE_WINDOW_MS } from './limit-kind.ts'
import { windowEnd } from './windows.ts'

/** A limit that a call touched, as the authority saw it under its lock. Units are the meter's smallest. */
export interface SeenLimit {
  readonly meter: string
  readonly window: LimitWindow
  readonly per: LimitSubject
  /**
   * The user or API key that a limit per user or key is about; empty where the call names none,
   * and of a limit of the whole organization.
   */
  readonly subject: string
  /**
   * The window's start; where there is no such window, the moment of the decision, or of the last
   * charge of a rate where a clock that went back is behind it.
   */
  readonly startMs: number
  /** undefined: unlimited */
  readonly max: bigint | undefined
  readonly behavior: LimitBehavior
  readonly burst: bigint | undefined
  readonly cap: bigint | undefined
  /** Of an allowance that charges: what was charged past it and past grants, before the call. */
  readonly past?: bigint | undefined
  /** Used, held and leased, before the call. */
  readonly before: bigint
  /** Of a rate: what of the last unit of `before` has leaked out already, in unit-milliseconds. */
  readonly leaked?: bigint | undefined
  readonly asked: bigint
  readonly refused: boolean
  /** Of `max`: what grants have paid in this window, which the next one does not have. */
  readonly drawn?: bigint | undefined
}

/** How a limit stands after the decision. */
export interface LimitStanding extends SeenLimit {
  readonly used: bigint
  readonly remaining: bigint | undefined
  readonly overage: bigint
  /** When all of it is to be had again; undefined where time alone brings nothing back. */
  readonly endMs: number | undefined
  /** When the call that was refused would fit; undefined: no time will do, or it was not refused. */
  readonly retryAtMs: number | undefined
  /** Of the maximum; undefined when unlimited or when the maximum is 0 and nothing is used. */
  readonly percentUsed: number | undefined
}

export interface MeterShape {
  readonly aggregation: Aggregation
  readonly scale: number
}

/** Whether a limit per user or key was met by a call that names none. */
export const isAnonymous = ({ per, subject }: Pick<SeenLimit, 'per' | 'subject'>): boolean =>
  per !== 'organization' && subject === ''

export type RefusalReason =
  | 'subject_missing'
  | 'limit_exceeded'
  | 'rate_limited'
  | 'too_many_concurrent'
  | 'credits_exhausted'
  | 'spend_cap_reached'

/** Where a limit stands once the call has been let through, or refused and so left nothing behind. */
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

const WINDOW_MS = BigInt(RATE_WINDOW_MS)

/** Of a window its end; of a rate the moment at which all has leaked out, which of 0 never comes. */
const endOf = (seen: SeenLimit, used: bigint, anchorMs: number): number | undefined => {
  if (isConcurrency(seen.window)) return undefined
  if (isRate(seen.window) && seen.max === 0n) return undefined
  if (isRate(seen.window)) return seen.startMs + leakMs(used, seen)
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
  return never ? undefined : seen.startMs + leakMs(tooMuch, seen)
}

/** Whether the call fits a window in which nothing has been used; no time will do where not. */
const fitsAfresh = ({ behavior, max, cap, drawn = 0n, asked }: SeenLimit): boolean => {
  const ceiling = behavior === 'overage' ? cap : max
  return ceiling === undefined || asked <= ceiling - drawn
}

/** How long a rate takes to leak out some units, rounded up to whole milliseconds. */
const leakMs = (units: bigint, { max, leaked = 0n }: SeenLimit): number => {
  if (units === 0n || !max) return 0
  return Number((units * WINDOW_MS - leaked + max - 1n) / max)
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

/** What to call the refusal of a limit. */
export const refusalReason = (limit: SeenLimit): RefusalReason => {
  if (isAnonymous(limit)) return 'subject_missing'
  if (isRate(limit.window)) return 'rate_limited'
  if (isConcurrency(limit.window)) return 'too_many_concurrent'
  if (limit.behavior === 'overage') return 'spend_cap_reached'
  return limit.meter === CREDITS_METER ? 'credits_exhausted' : 'limit_exceeded'
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
    .filter(
      ({ meter, per, window, remaining }) =>
        meter === CREDITS_METER &&
        per === 'organization' &&
        !isRate(window) &&
        remaining !== undefined,
    )
    .map((limit) => numberFromUnits(limit.remaining as bigint, scale))
    .reduce<number | null>((least, left) => (least === null || left < least ? left : least), null)

/** Whole seconds from `nowMs` until the window ends, rounded up: never a moment too early. */
export const secondsUntil = (endMs: number, nowMs: number): number =>
  Math.max(1, Math.ceil((endMs - nowMs) / 1000))
