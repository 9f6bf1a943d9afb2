import type { Right } from '../../../src/core/rights.ts'

/** A key as a list shows it, whoever's it is. */
export interface ShownKey {
  readonly id: string
  readonly name: string
  /** How it begins; `null`: that is not told. */
  readonly prefix: string | null
  readonly scopes?: readonly Right[]
  readonly createdAt: string | null
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly lastUsedAt: string | null
  /** The key that took its place. */
  readonly replacedBy?: string | null
  /** Why it cannot be revoked here. */
  readonly isElsewhere?: boolean
}
