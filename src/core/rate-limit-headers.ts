import type { LimitBehavior, LimitSubject, LimitWindow } from './catalog-words.ts'
import { isConcurrency } from './limit-kind.ts'

/** The part of a decision that the headers need. */
interface DecisionShown {
  readonly limits: readonly LimitShown[]
  /** Seconds. */
  readonly retryAfter?: number | undefined
}

interface LimitShown {
  /** `meter/window`, followed by the user or API key where the limit applies to one. */
  readonly limit: string
  readonly meter: string
  readonly window: LimitWindow
  readonly per?: LimitSubject | undefined
  readonly behavior: LimitBehavior
  readonly max: number | null
  /** For a rate: the most units at once; absent when it equals `max`. */
  readonly burst?: number | null | undefined
  readonly remaining: number | null
  readonly resetAt: string | null
  readonly refused: boolean
}

/**
 * On an allowed call: whether a similar call may go ahead (`open` or `closed`) while its limits
 * cannot be checked. A client follows it while Tollgate is unreachable.
 */
export const ON_FAILURE_HEADER = 'tollgate-on-failure'

/** The headers that `rateLimitHeaders` may return, with their meaning. */
export const RATE_LIMIT_HEADERS = {
  'RateLimit-Policy':
    'The limits that may refuse this kind of call: `"tokens-day";q=10000;w=86400`.',
  RateLimit: 'What is left of each limit, and when it resets: `"tokens-day";r=9880;t=43200`.',
  'X-RateLimit-Limit': 'The maximum of the first limit; if none may refuse, the included amount.',
  'X-RateLimit-Remaining':
    'What is left of that limit. 0 past an included amount, even though calls are still allowed.',
  'X-RateLimit-Reset': 'When that limit resets, in seconds since 1970.',
  'Retry-After': 'For a refusal: the seconds until the call may be allowed.',
} as const

/**
 * Formats a decision as headers. `RateLimit-Policy` and `RateLimit` follow the IETF draft
 * (draft-ietf-httpapi-ratelimit-headers). `X-RateLimit-…` is the older form of the most binding
 * limit; `Retry-After` follows the refusal.
 * Limits that refused come first, the longest block first, then the fullest limits. Limits that
 * never refuse are left out of the draft's fields, because a client that obeys `r=0` would stop
 * without need.
 * If there are only such limits, the older headers report the fullest of them, so that the included
 * amount is always visible. Past it, they say 0 and calls still go ahead.
 */
export const rateLimitHeaders = (
  decision: DecisionShown,
  nowMs: number,
): Readonly<Record<string, string>> => {
  const limits = decision.limits.filter(mayRefuse)
  if (limits.length > 1) limits.sort(byUrgency)
  const wait = decision.retryAfter === undefined ? undefined : seconds(decision.retryAfter)
  const headers: Record<string, string> = {}
  const [first] = limits
  if (first) {
    let policy = policyItem(first)
    let left = limitItem(first, nowMs, wait)
    // A loop, since every wrapped route's answer passes here.
    for (let index = 1; index < limits.length; index++) {
      const limit = limits[index] as BoundedLimit
      policy += `, ${policyItem(limit)}`
      left += `, ${limitItem(limit, nowMs, wait)}`
    }
    headers['ratelimit-policy'] = policy
    headers.ratelimit = left
  }
  addOlderHeaders(headers, first ?? included(decision.limits))
  if (wait !== undefined) headers['retry-after'] = String(wait)
  return headers
}

/**
 * Returns only the older headers, for the most binding limit. For answers that are not decisions.
 */
export const standingHeaders = (
  standings: readonly Omit<LimitShown, 'refused'>[],
): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  const limits = standings.map((limit) => ({ ...limit, refused: false }))
  const [first] = limits.filter(mayRefuse).sort(byUrgency)
  addOlderHeaders(headers, first ?? included(limits))
  return headers
}

/** The fullest of the limits that have a maximum but never refuse. */
const included = (limits: readonly LimitShown[]): BoundedLimit | undefined =>
  limits.filter(isBounded).sort(byUrgency)[0]

type BoundedLimit = LimitShown & { readonly max: number }

const isBounded = (limit: LimitShown): limit is BoundedLimit => limit.max !== null

const mayRefuse = (limit: LimitShown): limit is BoundedLimit =>
  isBounded(limit) && (limit.behavior === 'hard' || limit.refused)

const byUrgency = (a: BoundedLimit, b: BoundedLimit): number => {
  if (a.refused !== b.refused) return a.refused ? -1 : 1
  return a.refused ? compare(resetMs(b), resetMs(a)) : compare(partLeft(a), partLeft(b))
}

/** Also compares infinities, whose difference is NaN. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/** A limit that only other calls can free blocks longer than one that time frees. */
const resetMs = ({ resetAt }: LimitShown): number =>
  resetAt === null ? Number.POSITIVE_INFINITY : Date.parse(resetAt)

const partLeft = (limit: BoundedLimit): number => {
  const quota = quotaOf(limit)
  return quota === 0 ? 0 : (limit.remaining ?? 0) / quota
}

/** The amount that `remaining` counts down from. For a rate, the burst. */
const quotaOf = ({ max, burst }: BoundedLimit): number => burst ?? max

/**
 * The length of a window, for clients that spread their calls. A month or a period counts as 31
 * days, the longest possible, so that such clients stay below the maximum. `concurrent` has no
 * length.
 */
const WINDOW_SECONDS: Readonly<Record<LimitWindow, number | undefined>> = {
  minute: 60,
  hour: 3_600,
  day: 86_400,
  month: 31 * 86_400,
  period: 31 * 86_400,
  concurrent: undefined,
}

/** The time in which a rate refills its whole burst at `max` a minute. */
const secondsOf = ({ window, max, burst }: BoundedLimit): number | undefined => {
  const length = WINDOW_SECONDS[window]
  return length !== undefined && burst != null && max > 0
    ? Math.ceil((burst / max) * length)
    : length
}

/** `"tokens-day";q=10000;w=86400;tollgate-meter="tokens"` */
const policyItem = (limit: BoundedLimit): string => {
  const { meter, window } = limit
  const windowSeconds = secondsOf(limit)
  const isOfRequests = meter === REQUESTS_METER
  const length = windowSeconds === undefined ? '' : `;w=${windowSeconds}`
  const unit = isOfRequests && isConcurrency(window) ? ';qu="concurrent-requests"' : ''
  // The draft's quota units are a closed list without tokens.
  const other = isOfRequests ? '' : `;tollgate-meter="${meter}"`
  return `${nameOf(limit)};q=${integer(quotaOf(limit))}${length}${unit}${partitionOf(limit)}${other}`
}

/** `"tokens-day";r=9880;t=43200` */
const limitItem = (limit: BoundedLimit, nowMs: number, wait: number | undefined): string => {
  const untilReset =
    limit.resetAt === null ? undefined : seconds((Date.parse(limit.resetAt) - nowMs) / 1_000)
  // No later than `Retry-After`, because enough is free by then.
  const reset =
    untilReset !== undefined && limit.refused
      ? Math.min(untilReset, wait ?? untilReset)
      : untilReset
  const until = reset === undefined ? '' : `;t=${reset}`
  return `${nameOf(limit)};r=${integer(limit.remaining ?? 0)}${until}${partitionOf(limit)}`
}

/** The meter whose unit is the draft's `requests`. */
const REQUESTS_METER = 'api_calls'

/** Catalog keys need no escaping in a structured field. */
const nameOf = ({ meter, window, per = 'organization' }: LimitShown): string =>
  per === 'organization' ? `"${meter}-${window}"` : `"${meter}-${window}-${per}"`

/** The user or API key that the limit applies to, as the caller named it. */
const partitionOf = ({ limit }: LimitShown): string => {
  const slash = limit.indexOf('/', limit.indexOf('/') + 1)
  const whose = slash < 0 ? '' : limit.slice(slash + 1)
  if (whose === '') return ''
  const bytes = new TextEncoder().encode(whose)
  return `;pk=:${btoa(String.fromCharCode(...bytes))}:`
}

const addOlderHeaders = (
  headers: Record<string, string>,
  limit: BoundedLimit | undefined,
): void => {
  if (!limit) return
  headers['x-ratelimit-limit'] = integer(quotaOf(limit))
  headers['x-ratelimit-remaining'] = integer(limit.remaining ?? 0)
  if (limit.resetAt === null) return
  headers['x-ratelimit-reset'] = String(seconds(Date.parse(limit.resetAt) / 1_000))
}

/** The largest integer of a structured field (RFC 9651). */
const MAX_INTEGER = 999_999_999_999_999

/** Rounds down, so that the reported amount is really available. */
const integer = (amount: number): string =>
  String(Math.min(Math.max(Math.floor(amount), 0), MAX_INTEGER))

/** Rounds up, so that a retry is never too early. */
const seconds = (exact: number): number => Math.min(Math.max(Math.ceil(exact), 0), MAX_INTEGER)
