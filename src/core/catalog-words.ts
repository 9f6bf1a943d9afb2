/** How the amounts of a meter within a window are combined into one value. */
export const AGGREGATIONS = ['sum', 'count', 'max', 'unique', 'latest'] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

/**
 * True when the meter's amounts are summed, so that part of an allowance can be leased in advance.
 */
export const addsUp = (aggregation: Aggregation): boolean =>
  aggregation === 'sum' || aggregation === 'count'

/**
 * The windows with a length in time. All are UTC calendar windows, except `period`, which follows
 * the subscription.
 */
export const TIME_WINDOWS = ['minute', 'hour', 'day', 'month', 'period'] as const
export type TimeWindow = (typeof TIME_WINDOWS)[number]

/**
 * The windows of limits.
 * `minute` is a sliding rate: at most `burst` at once, refilled continuously at `max` a minute (the
 * generic cell rate algorithm). A burst across the edge of a minute therefore gains nothing.
 * `hour`, `day` and `month` are UTC calendar windows; `period` is the subscription's.
 * `concurrent` has no length: it bounds what open reservations hold at one moment. On the meter
 * `api_calls` that is the number of calls in flight.
 */
export const LIMIT_WINDOWS = [...TIME_WINDOWS, 'concurrent'] as const
export type LimitWindow = (typeof LIMIT_WINDOWS)[number]

/** Whose use a limit counts: the whole organization's, or that of each API key or user. */
export const LIMIT_SUBJECTS = ['organization', 'api_key', 'user'] as const
export type LimitSubject = (typeof LIMIT_SUBJECTS)[number]

/**
 * Whether calls are allowed (`open`) or refused (`closed`) while the limit's counter is
 * unreachable.
 */
export const FAILURE_POLICIES = ['open', 'closed'] as const
export type FailurePolicy = (typeof FAILURE_POLICIES)[number]

/**
 * How a limit is decided. Both modes are exact. `strict`: each decision is committed before the
 * answer. `leased`: this process decides from an allowance that it leased before.
 */
export const DECISION_MODES = ['strict', 'leased'] as const
export type DecisionMode = (typeof DECISION_MODES)[number]

/** Whether a limit per user or API key refuses or allows a call that names none. */
export const ANONYMOUS_POLICIES = ['refuse', 'allow'] as const
export type AnonymousPolicy = (typeof ANONYMOUS_POLICIES)[number]

/** What a limit does past its maximum: refuse, warn, or allow and bill. */
export const LIMIT_BEHAVIORS = ['hard', 'soft', 'overage'] as const
export type LimitBehavior = (typeof LIMIT_BEHAVIORS)[number]

/** The meter that counts the price of every call in credits. */
export const CREDITS_METER = 'credits'

/** The meter whose default `quantity` is the sum of input and output tokens. */
export const TOKENS_METER = 'tokens'

/** The syntax of every key in a catalog. */
export const KEY_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/

/** The syntax of the name of an event's field or property. */
export const PROPERTY_PATTERN = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** Names with a special meaning on every JavaScript object. */
export const RESERVED_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype']

/** The fault message for a reserved name. */
export const RESERVED_NAME_MESSAGE = 'is a reserved word of JavaScript'

/** The longest list in a catalog. Some checks compare all pairs of elements. */
export const MAX_LIST_LENGTH = 2_000

/** Splits `catalog/key`; a bare `key` has no catalog. */
export const splitKey = (key: string): { catalog: string | undefined; key: string } => {
  const slash = key.indexOf('/')
  return slash < 0
    ? { catalog: undefined, key }
    : { catalog: key.slice(0, slash), key: key.slice(slash + 1) }
}
