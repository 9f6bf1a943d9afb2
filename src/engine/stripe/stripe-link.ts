import type { StripeLink } from '../../contract/stripe.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { findStripeCustomer } from '../../storage/tables/stripe-customers.ts'
import { subscriptionsOf } from '../../storage/tables/stripe-states.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'

const MOST_SUBSCRIPTIONS = 100

/**
 * An organization's customer at Stripe, and its subscriptions there as far as Stripe has reported
 * them.
 */
export const getStripeLink = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<StripeLink> => {
  await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const customer = await findStripeCustomer(tx, organizationId)
    const subscriptions = await subscriptionsOf(tx, organizationId, MOST_SUBSCRIPTIONS)
    return {
      organizationId,
      customerId: customer?.customer_id ?? null,
      customerDeleted: customer ? customer.deleted_at !== null : false,
      subscriptions: subscriptions.map((row) => ({
        id: row.id,
        status: row.status,
        cancelAtPeriodEnd: row.cancel_at_period_end,
        cancelAt: row.cancel_at?.toISOString() ?? null,
        pausedCollection: row.paused_collection,
        currentPeriodEnd: row.current_period_end?.toISOString() ?? null,
        endedAt: row.ended_at?.toISOString() ?? null,
      })),
    }
  })
}
