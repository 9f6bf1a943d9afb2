import type { StripeAccount } from '../../contract/stripe-account.ts'
import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import type { Context } from '../context.ts'

/** The effect of an event, from Stripe's present state. */
export interface StripeEffect {
  /** `kept`: it has no effect. `gone`: its object no longer exists. */
  readonly outcome: 'applied' | 'kept' | 'gone'
  readonly detail?: unknown
  /**
   * Writes the effect and returns the audit acts, or 'stale' if a newer answer was stored
   * meanwhile.
   */
  readonly apply: (tx: Queryable) => Promise<readonly AuditAct[] | 'stale'>
  /** Runs after the commit. */
  readonly afterwards?: () => void
}

/** Reads the event's object at Stripe, and returns the effect. */
export type EffectOfObject = (
  ctx: Context,
  account: StripeAccount,
  objectId: string,
) => Promise<StripeEffect>

/** The actor of the audit entry: Stripe itself, and no caller of ours. */
export const BY_STRIPE = { actor: 'stripe', address: null } as const

export const nothing = (outcome: 'kept' | 'gone'): StripeEffect => ({
  outcome,
  apply: async () => [],
})
