import type { StripeDisputeState } from '../../contract/stripe-account.ts'
import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import { isToldBefore } from '../../storage/tables/domain-events.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import { organizationOfCustomer } from '../../storage/tables/stripe-customers.ts'
import { lockStripeInvoice } from '../../storage/tables/stripe-states.ts'
import { BY_STRIPE, type StripeEffect } from '../billing/stripe-effect.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'

const DAY_MS = 86_400_000
/**
 * Events are stored for 90 days. The event of an older dispute may have been deleted, and would be
 * sent again.
 */
const TOLD_WITHIN_MS = 80 * DAY_MS

/** The states in which a response is due, or the bank decides. */
const OPEN: readonly string[] = [
  ...['warning_needs_response', 'warning_under_review', 'needs_response', 'under_review'],
  ...['appeal_needs_response', 'appeal_under_review'],
]

/**
 * Reports that a payment is disputed, and how the dispute ended. Each is reported once, even if
 * several events of Stripe say so. The effect on bought credits follows from their invoice.
 */
export const disputeTold = (
  ctx: Context,
  state: StripeDisputeState,
  invoiceIds: readonly string[],
): StripeEffect => ({
  outcome: 'applied',
  apply: async (tx) => {
    const organizationId = await ownerOf(tx, state, invoiceIds)
    if (organizationId === undefined) return []
    await lockOrganizations(tx, [organizationId])
    const isOpen = OPEN.includes(state.status)
    const ageMs = ctx.clock.now().getTime() - state.createdAt.getTime()
    if (isOpen && ageMs > TOLD_WITHIN_MS) return []
    const key = isOpen ? `dispute.opened:${state.id}` : `dispute.closed:${state.id}:${state.status}`
    if (await isToldBefore(tx, organizationId, key)) return []
    return [actOf(organizationId, state, { isOpen, key, invoiceId: invoiceIds[0] })]
  },
})

/** The organization of the customer. Without one, that of an invoice that names it. */
const ownerOf = async (
  tx: Queryable,
  { customerId }: StripeDisputeState,
  invoiceIds: readonly string[],
): Promise<string | undefined> => {
  const linked = customerId === null ? undefined : await organizationOfCustomer(tx, customerId)
  if (linked !== undefined) return linked
  for (const id of invoiceIds) {
    const invoice = await lockStripeInvoice(tx, id)
    if (invoice?.organization_id) return invoice.organization_id
  }
  return undefined
}

const actOf = (
  organizationId: string,
  state: StripeDisputeState,
  what: { readonly isOpen: boolean; readonly key: string; readonly invoiceId: string | undefined },
): AuditAct => {
  const { status, reason, currency } = state
  const data = {
    stripeDisputeId: state.id,
    ...(what.invoiceId !== undefined && { stripeInvoiceId: what.invoiceId }),
    status,
    reason,
    currency,
    amountMinorUnits: Number(state.minorUnits),
  }
  const respondBy = state.respondBy?.toISOString() ?? null
  const event = what.isOpen
    ? told('dispute.opened', { ...data, respondBy })
    : told('dispute.closed', data)
  return {
    organizationId,
    category: 'billing',
    action: event.kind,
    ...BY_STRIPE,
    subject: `stripe_dispute:${state.id}`,
    old: null,
    new: event.data,
    told: [{ ...event, key: what.key }],
  }
}
