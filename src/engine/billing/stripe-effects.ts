import type { StripeAccount, StripeNotice } from '../../contract/stripe-account.ts'
import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import type { Context } from '../context.ts'
import { customerEffect } from './stripe-customer-effect.ts'
import { invoiceEffect } from './stripe-invoice-effect.ts'
import { subscriptionEffect } from './stripe-subscription-effect.ts'

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

/** Who did it, in the books: nobody who called us. */
export const BY_STRIPE = { actor: 'stripe', address: null } as const

export const nothing = (outcome: 'kept' | 'gone'): StripeEffect => ({
  outcome,
  apply: async () => [],
})

/** Events that only differ in why they were sent have the same effect: what is true is asked for. */
const EFFECTS: Readonly<Record<string, EffectOfObject>> = {
  'customer.created': customerEffect,
  'customer.updated': customerEffect,
  'customer.deleted': customerEffect,
  'customer.subscription.created': subscriptionEffect,
  'customer.subscription.updated': subscriptionEffect,
  'customer.subscription.deleted': subscriptionEffect,
  'invoice.finalized': invoiceEffect,
  'invoice.paid': invoiceEffect,
  'invoice.payment_succeeded': invoiceEffect,
  'invoice.payment_failed': invoiceEffect,
  'invoice.voided': invoiceEffect,
}

const METER_ERRORS = [
  'v1.billing.meter.error_report_triggered',
  'v1.billing.meter.no_meter_found',
] as const

export const effectOf = async (ctx: Context, notice: StripeNotice): Promise<StripeEffect> => {
  const { collector } = ctx.billing
  if (!collector) return nothing('kept')
  if (METER_ERRORS.some((type) => type === notice.type)) return meterEffect(ctx, collector, notice)
  const effect = Object.hasOwn(EFFECTS, notice.type) ? EFFECTS[notice.type] : undefined
  if (!effect || notice.objectId === null) return nothing('kept')
  return effect(ctx, collector, notice.objectId)
}

/** Use that was sent, taken, and then not counted: money that nobody else would miss. */
const meterEffect = async (
  ctx: Context,
  account: StripeAccount,
  { id, type }: StripeNotice,
): Promise<StripeEffect> => {
  const found = await account.meterErrors(id)
  if (!found) return nothing('gone')
  return {
    outcome: 'applied',
    detail: found,
    apply: async () => [
      {
        organizationId: null,
        category: 'billing',
        action: 'stripe_meter.errors',
        ...BY_STRIPE,
        subject: `stripe_meter:${found.meterId ?? 'none'}`,
        old: null,
        new: found,
      },
    ],
    afterwards: () => {
      ctx.counters.stripeMeterErrors += found.errors
      ctx.log.error({ type, ...found }, 'a meter at Stripe did not take use that was sent to it')
    },
  }
}
