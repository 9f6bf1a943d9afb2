import type { StripeAccount } from '../../contract/stripe-account.ts'
import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import type { Context } from '../context.ts'

/** What an event comes to, after Stripe was asked how things stand. */
export interface StripeEffect {
  /** `kept`: nothing follows from it. `gone`: what it is about is not there any more. */
  readonly outcome: 'applied' | 'kept' | 'gone'
  readonly detail?: unknown
  /** Writes it and tells what to audit; or finds that a newer answer was written down since. */
  readonly apply: (tx: Queryable) => Promise<readonly AuditAct[] | 'stale'>
  /** After the commit. */
  readonly afterwards?: () => void
}

/** What is asked of Stripe, and what follows, for an object of the event. */
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
