import type { LimitBehavior, LimitSubject, LimitWindow } from './catalog-words.ts'
import { isConcurrency } from './limit-kind.ts'

/** What of a decision the headers are made from. */
interface DecisionShown {
  readonly limits: readonly LimitShown[]
  /** Seconds. */
  readonly retryAfter?: number | undefined
}

interface LimitShown {
  /** `meter/window`, and whose it is where it is not the organization's. */
  readonly limit: string
  readonly meter: string
  readonly window: LimitWindow
  readonly per?: LimitSubject | undefined
  readonly behavior: LimitBehavior
  readonly max: number | null
  /** Of a rate: how much at once, where that is not `max`. */
  readonly burst?: number | null | undefined
  readonly remaining: number | null
  readonly resetAt: string | null
  readonly refused: boolean
}

/**
 * Beside a call that was let through: whether one like it is let through as well while nobody can
 * look at its limits, `open` or `closed`. A client goes by it while Tollgate cannot be reached.
 */
export const ON_FAILURE_HEADER = 'tollgate-on-failure'

/** The headers that `rateLimitHeaders` may give, and what is in them. */
export const RATE_LIMIT_HEADERS = {
  'RateLimit-Policy': 'The limits that may refuse such a call: `"tokens-day";q=10000;w=86400`.',
  RateLimit: 'What is left of each, and until when: `"tokens-day";r=9880;t=43200`.',
  'X-RateLimit-Limit':
    'The maximum of the first of them, or of what the plan includes where none may refuse.',
  'X-RateLimit-Remaining': 'What is left of it; 0 past what is included, also where calls go on.',
  'X-RateLimit-Reset': 'When it resets, in seconds since 1970.',
  'Retry-After': 'Of a refusal: in how many seconds the call may be let through.',
} as const

/**
 * A decision as headers: `RateLimit-Policy` and `RateLimit` as in the IETF's draft
 * (draft-ietf-httpapi-ratelimit-headers), the older `X-RateLimit-…` of the limit that binds most,
 * and `Retry-After`. What has refused comes first, the longest first, then the fullest. Limits
 * that never refuse are in none of the draft's fields: a client that heeds `r=0` would stop where
 * it need not. Where there are no others, the older headers tell the fullest of them, so that what
 * a plan includes is always announced; past it they say 0, and the calls go on.
 */
export const rateLimitHeaders = (
  decision: DecisionShown,
  nowMs: number,
): Readonly<Record<string, string>> => {
  const limits = decision.limits.filter(mayRefuse).sort(byUrgency)
  const wait = decision.retryAfter === undefined ? undefined : seconds(decision.retryAfter)
  const headers: Record<string, string> = {}
  const [first] = limits
  if (first) {
    headers['ratelimit-policy'] = limits.map(policyItem).join(', ')
    headers.ratelimit = limits.map((limit) => limitItem(limit, nowMs, wait)).join(', ')
  }
  addOlderHeaders(headers, first ?? included(decision.limits))
  if (wait !== undefined) headers['retry-after'] = String(wait)
  return headers
}

/**
 * The older headers alone, of the limit that binds most now: for an answer that is no decision.
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

/** The fullest of those that include so much and never refuse. */
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

/** Also of infinities, whose difference is no number. */
const compare = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)

/** What only others can end blocks longer than what time ends. */
const resetMs = ({ resetAt }: LimitShown): number =>
  resetAt === null ? Number.POSITIVE_INFINITY : Date.parse(resetAt)

const partLeft = (limit: BoundedLimit): number => {
  const quota = quotaOf(limit)
  return quota === 0 ? 0 : (limit.remaining ?? 0) / quota
}

/** What `remaining` is left of: of a rate all that may be used at once. */
const quotaOf = ({ max, burst }: BoundedLimit): number => burst ?? max

/**
 * How long a window is, for a client that spreads its calls over it. A month and a period are told
 * as 31 days, which is as long as they get: nobody who keeps to that comes out above the maximum.
 * What is concurrent is over no time.
 */
const WINDOW_SECONDS: Readonly<Record<LimitWindow, number | undefined>> = {
  minute: 60,
  hour: 3_600,
  day: 86_400,
  month: 31 * 86_400,
  period: 31 * 86_400,
  concurrent: undefined,
}

/** A rate refills all that may be used at once in this time, at `max` a minute. */
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
  // The draft's quota units are a closed list, which has no tokens in it.
  const other = isOfRequests ? '' : `;tollgate-meter="${meter}"`
  return `${nameOf(limit)};q=${integer(quotaOf(limit))}${length}${unit}${partitionOf(limit)}${other}`
}

/** `"tokens-day";r=9880;t=43200` */
const limitItem = (limit: BoundedLimit, nowMs: number, wait: number | undefined): string => {
  const untilReset =
    limit.resetAt === null ? undefined : seconds((Date.parse(limit.resetAt) - nowMs) / 1_000)
  // No later than `Retry-After`, by when there will be enough of it.
  const reset =
    untilReset !== undefined && limit.refused
      ? Math.min(untilReset, wait ?? untilReset)
      : untilReset
  const until = reset === undefined ? '' : `;t=${reset}`
  return `${nameOf(limit)};r=${integer(limit.remaining ?? 0)}${until}${partitionOf(limit)}`
}

/** The meter whose unit is the draft's: requests. */
const REQUESTS_METER = 'api_calls'

/** A key of the catalog needs no escaping in a structured field. */
const nameOf = ({ meter, window, per = 'organization' }: LimitShown): string =>
  per === 'organization' ? `"${meter}-${window}"` : `"${meter}-${window}-${per}"`

/** Whose the limit is, where it is a user's or an API key's alone, as the caller named them. */
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

/** Rounded down: what is told is there. */
const integer = (amount: number): string =>
  String(Math.min(Math.max(Math.floor(amount), 0), MAX_INTEGER))

/** Rounded up: never a moment too early. */
const seconds = (exact: number): number => Math.min(Math.max(Math.ceil(exact), 0), MAX_INTEGER)
