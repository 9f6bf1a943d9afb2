/** How the amounts of a meter within a window become one figure. */
export const AGGREGATIONS = ['sum', 'count', 'max', 'unique', 'latest'] as const
export type Aggregation = (typeof AGGREGATIONS)[number]

/** The windows of a limit: of the calendar in UTC, except `period`, which is the subscription's. */
export const LIMIT_WINDOWS = ['minute', 'hour', 'day', 'month', 'period'] as const
export type LimitWindow = (typeof LIMIT_WINDOWS)[number]

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
