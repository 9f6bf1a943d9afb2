import type Stripe from 'stripe'
import type { StripeDisputeState } from '../../contract/stripe-account.ts'
import { idOf, orUndefined } from './objects.ts'

/** How a dispute stands, and whose payment it is about. */
export const disputeState = async (
  stripe: Stripe,
  id: string,
): Promise<StripeDisputeState | undefined> => {
  const dispute = await orUndefined(stripe.disputes.retrieve(id))
  if (!dispute) return undefined
  const charge = await orUndefined(stripe.charges.retrieve(idOf(dispute.charge)))
  const customer = charge?.customer ?? null
  const { due_by: dueBy } = dispute.evidence_details
  return {
    id,
    status: dispute.status,
    reason: dispute.reason,
    currency: dispute.currency.toUpperCase(),
    minorUnits: BigInt(dispute.amount),
    customerId: customer === null ? null : idOf(customer),
    createdAt: new Date(dispute.created * 1_000),
    respondBy: typeof dueBy === 'number' ? new Date(dueBy * 1_000) : null,
  }
}
