import type { ApiKey } from '../../contract/api-keys.ts'

/** A key as it is shown: without the key itself. */
export type ShownKey = Omit<ApiKey, 'organizationId' | 'scopes'> & {
  readonly scopes: readonly string[]
}

export interface NewKey {
  readonly name: string
  readonly scopes?: readonly string[] | undefined
  readonly expiresAt?: string | undefined
}

/**
 * Calls of your own server, which asks Tollgate: a token of a browser makes no keys. Whatever is
 * absent cannot be done, and is not shown.
 */
export interface KeyActions {
  readonly list?: (() => Promise<readonly ShownKey[]>) | undefined
  /** Gives the key itself, which is shown this once. */
  readonly create?: ((input: NewKey) => Promise<{ readonly key: string }>) | undefined
  readonly rotate?: ((key: ShownKey) => Promise<{ readonly key: string }>) | undefined
  readonly revoke?: ((key: ShownKey) => Promise<unknown>) | undefined
}

export type KeyState = 'active' | 'ending' | 'expired' | 'revoked'

/** `ending`: it was rotated, and still works for a while. */
export const keyState = (key: ShownKey, nowMs: number | undefined): KeyState => {
  if (key.revokedAt !== null) return 'revoked'
  const isOver = key.expiresAt !== null && nowMs !== undefined && Date.parse(key.expiresAt) <= nowMs
  if (isOver) return 'expired'
  return key.replacedBy === null ? 'active' : 'ending'
}

const DAY_MS = 86_400_000

/** Used within a day: something runs on it, so its name is typed before it is revoked. */
export const isInUse = (key: ShownKey, nowMs: number): boolean =>
  key.lastUsedAt !== null && nowMs - Date.parse(key.lastUsedAt) < DAY_MS
