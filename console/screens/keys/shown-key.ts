import type { Right } from '../../../src/core/rights.ts'

/** A key in a list, of any kind. */
export interface ShownKey {
  readonly id: string
  readonly name: string
  /** The start of the key; `null` if unknown. */
  readonly prefix: string | null
  readonly scopes?: readonly Right[]
  readonly createdAt: string | null
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly lastUsedAt: string | null
  /** The key that replaced it. */
  readonly replacedBy?: string | null
  /** Set outside the console, in the configuration, so it cannot be revoked here. */
  readonly isElsewhere?: boolean
}
