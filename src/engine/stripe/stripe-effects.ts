import type { StripeAccount, StripeNotice, StripeReturn } from '../../contract/stripe-account.ts'
import type { AuditAct } from '../../core/audit.ts'
import {
  BY_STRIPE,
  type EffectOfObject,
  nothing,
  type StripeEffect,
} from '../billing/stripe-effect.ts'
import type { Context } from '../context.ts'
import { customerEffect } from './stripe-customer-effect.ts'
import { disputeTold } from './stripe-dispute-effect.ts'
import { invoiceEffect } from './stripe-invoice-effect.ts'
import { subscriptionEffect } from './stripe-subscription-effect.ts'

/** For objects that return money, or are about to: the invoices that it had paid are read again. */
const returnEffect =
  (what: StripeReturn): EffectOfObject =>
  async (ctx, account, id) => {
    const invoiceIds = await account.invoicesOf(what, id)
    if (invoiceIds === undefined) return nothing('gone')
    const effects: StripeEffect[] = []
    for (const invoiceId of invoiceIds) effects.push(await invoiceEffect(ctx, account, invoiceId))
    return effects.length === 0 ? nothing('kept') : together(effects)
  }

/** The same for a dispute, which is also reported as an event. */
const disputeEffect: EffectOfObject = async (ctx, account, id) => {
  const state = await account.dispute(id)
  const invoiceIds = await account.invoicesOf('dispute', id)
  if (!state || invoiceIds === undefined) return nothing('gone')
  const effects: StripeEffect[] = []
  for (const invoiceId of invoiceIds) effects.push(await invoiceEffect(ctx, account, invoiceId))
  return together([...effects, disputeTold(ctx, state, invoiceIds)])
}

const together = (effects: readonly StripeEffect[]): StripeEffect => ({
  outcome: effects.some(({ outcome }) => outcome === 'applied') ? 'applied' : 'gone',
  apply: async (tx) => {
    const all: AuditAct[] = []
    for (const effect of effects) {
      const acts = await effect.apply(tx)
      if (acts === 'stale') return 'stale'
      all.push(...acts)
    }
    return all
  },
  afterwards: () => {
    for (const { afterwards } of effects) afterwards?.()
  },
})

/**
 * Events that differ only in their reason have the same effect, since the present state is read.
 */
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
  'invoice.marked_uncollectible': invoiceEffect,
  'charge.refunded': returnEffect('charge'),
  'refund.created': returnEffect('refund'),
  'refund.updated': returnEffect('refund'),
  'refund.failed': returnEffect('refund'),
  'charge.refund.updated': returnEffect('refund'),
  'charge.dispute.created': disputeEffect,
  'charge.dispute.updated': disputeEffect,
  'charge.dispute.closed': disputeEffect,
  'charge.dispute.funds_withdrawn': disputeEffect,
  'charge.dispute.funds_reinstated': disputeEffect,
  'credit_note.created': returnEffect('credit_note'),
  'credit_note.updated': returnEffect('credit_note'),
  'credit_note.voided': returnEffect('credit_note'),
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

/** Use that Stripe accepted and then did not count: money that nobody else would miss. */
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
