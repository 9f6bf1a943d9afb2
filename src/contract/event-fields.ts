/** The bounds of what a usage event may hold, for its schema and for the look at plain events. */

/** The most characters of an id, and of what names a user, a session, a provider or a model. */
export const MAX_NAME_LENGTH = 255
export const MAX_EVENT_TYPE_LENGTH = 129
export const MAX_ENDPOINT_LENGTH = 512
export const MAX_METHOD_LENGTH = 16
export const MAX_TOKENS = 1e12
export const MIN_STATUS = 100
export const MAX_STATUS = 599
export const MAX_DURATION_MS = 2_147_483_647
