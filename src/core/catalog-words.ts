/** How the amounts of a meter within a window become one figure. */
export const AGGREGATIONS = ['sum', 'count', 'max', 'unique', 'latest'] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

/** Whether amounts are added to what there was, so that a part of them may be used in advance. */
export const addsUp = (aggregation: Aggregation): boolean =>
  aggregation === 'sum' || aggregation === 'count'

/**
 * The windows that are stretches of time: of the calendar in UTC, except `period`, which is the
 * subscription's.
 */
export const TIME_WINDOWS = ['minute', 'hour', 'day', 'month', 'period'] as const
export type TimeWindow = (typeof TIME_WINDOWS)[number]

/**
 * What a limit counts over. `minute` is a sliding rate: at most `burst` at once, refilled
 * continuously at `max` a minute (the generic cell rate algorithm), so that no edge of a minute
 * lets twice as much through. `hour`, `day` and `month` are windows of the calendar in UTC and
 * `period` the subscription's. `concurrent` is no stretch of time: it bounds what open
 * reservations hold at the same moment (on the meter `api_calls`, calls in flight).
 */
export const LIMIT_WINDOWS = [...TIME_WINDOWS, 'concurrent'] as const
export type LimitWindow = (typeof LIMIT_WINDOWS)[number]

/** Whose use a limit counts: all of the organization's, or each of its API keys' or users' alone. */
export const LIMIT_SUBJECTS = ['organization', 'api_key', 'user'] as const
export type LimitSubject = (typeof LIMIT_SUBJECTS)[number]

/** What becomes of a call when the store of the limit's counter cannot be reached. */
export const FAILURE_POLICIES = ['open', 'closed'] as const
export type FailurePolicy = (typeof FAILURE_POLICIES)[number]

/**
 * How a limit is decided; both are exact. `strict`: each decision is committed before it is
 * answered. `leased`: from a block that this process was granted before, without asking again.
 */
export const DECISION_MODES = ['strict', 'leased'] as const
export type DecisionMode = (typeof DECISION_MODES)[number]

/** What a limit per user or API key does with a call that names none. */
export const ANONYMOUS_POLICIES = ['refuse', 'allow'] as const
export type AnonymousPolicy = (typeof ANONYMOUS_POLICIES)[number]

/** What happens past a limit: refuse, warn, or allow and bill. */
export const LIMIT_BEHAVIORS = ['hard', 'soft', 'overage'] as const
export type LimitBehavior = (typeof LIMIT_BEHAVIORS)[number]

/** The meter to which every call adds the credits it was priced at. */
export const CREDITS_METER = 'credits'

/** The meter whose `quantity`, where the event gives none, is its input and output tokens. */
export const TOKENS_METER = 'tokens'

/** The syntax of every key in a catalog. */
export const KEY_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/

/** The syntax of the name of an event's field or property. */
export const PROPERTY_PATTERN = /^[A-Za-z][A-Za-z0-9_]{0,63}$/

/** Names that mean something else on every JavaScript object. */
export const RESERVED_NAMES: readonly string[] = ['__proto__', 'constructor', 'prototype']

/** What a fault says of one. */
export const RESERVED_NAME_MESSAGE = 'is a reserved word of JavaScript'

/** The longest list of a catalog: no product has more, and checks compare elements in pairs. */
export const MAX_LIST_LENGTH = 2_000

/** `catalog/key` or a bare `key`. */
export const splitKey = (key: string): { catalog: string | undefined; key: string } => {
  const slash = key.indexOf('/')
  return slash < 0
    ? { catalog: undefined, key }
    : { catalog: key.slice(0, slash), key: key.slice(slash + 1) }
}
