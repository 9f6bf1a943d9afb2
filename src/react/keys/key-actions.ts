import type { ApiKey } from '../../contract/api-keys.ts'

/** A key for display, without its secret. */
export type ShownKey = Omit<ApiKey, 'organizationId' | 'scopes'> & {
  readonly scopes: readonly string[]
}

export interface NewKey {
  readonly name: string
  readonly scopes?: readonly string[] | undefined
  readonly expiresAt?: string | undefined
}

/**
 * Calls to your own server, which calls Tollgate: a browser token cannot manage keys. An absent
 * function hides its action.
 */
export interface KeyActions {
  readonly list?: (() => Promise<readonly ShownKey[]>) | undefined
  /** Returns the secret key, which is shown only once. */
  readonly create?: ((input: NewKey) => Promise<{ readonly key: string }>) | undefined
  readonly rotate?: ((key: ShownKey) => Promise<{ readonly key: string }>) | undefined
  readonly revoke?: ((key: ShownKey) => Promise<unknown>) | undefined
}

export type KeyState = 'active' | 'ending' | 'expired' | 'revoked'

/** `ending`: rotated, but still valid for a while. */
export const keyState = (key: ShownKey, nowMs: number | undefined): KeyState => {
  if (key.revokedAt !== null) return 'revoked'
  const isOver = key.expiresAt !== null && nowMs !== undefined && Date.parse(key.expiresAt) <= nowMs
  if (isOver) return 'expired'
  return key.replacedBy === null ? 'active' : 'ending'
}

const DAY_MS = 86_400_000

/** Used within the last day. Revoking such a key requires typing its name. */
export const isInUse = (key: ShownKey, nowMs: number): boolean =>
  key.lastUsedAt !== null && nowMs - Date.parse(key.lastUsedAt) < DAY_MS
