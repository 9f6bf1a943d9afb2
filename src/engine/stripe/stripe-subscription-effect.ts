import { lockOrganizations } from '../../storage/tables/organizations.ts'
import { organizationOfCustomer } from '../../storage/tables/stripe-customers.ts'
import {
  lockSubscription,
  putSubscription,
  type StripeSubscriptionRow,
  versionOfState,
} from '../../storage/tables/stripe-states.ts'
import { BY_STRIPE, type EffectOfObject, nothing } from '../billing/stripe-effect.ts'

/**
 * Stores the present state of a subscription, whichever of its events arrived, and however late.
 */
export const subscriptionEffect: EffectOfObject = async (ctx, account, id) => {
  // Read before the request: the answer counts only if no other was stored since.
  const since = await versionOfState(ctx.db, 'stripe_subscriptions', id)
  const state = await account.subscription(id)
  if (!state) return nothing('gone')
  return {
    outcome: 'applied',
    apply: async (tx) => {
      const organizationId = (await organizationOfCustomer(tx, state.customerId)) ?? null
      if (organizationId !== null) await lockOrganizations(tx, [organizationId])
      const before = await lockSubscription(tx, id)
      const row: StripeSubscriptionRow = {
        id,
        customer_id: state.customerId,
        organization_id: organizationId,
        status: state.status,
        cancel_at_period_end: state.cancelAtPeriodEnd,
        cancel_at: state.cancelAt,
        paused_collection: state.pausedCollection,
        current_period_end: state.currentPeriodEnd,
        ended_at: state.endedAt,
      }
      if (!(await putSubscription(tx, row, { since, at: ctx.clock.now() }))) return 'stale'
      const old = before && toldOf(before)
      if (organizationId === null || (old && isSame(old, toldOf(row)))) return []
      return [
        {
          organizationId,
          category: 'billing',
          action: 'stripe_subscription.changed',
          ...BY_STRIPE,
          subject: `stripe_subscription:${id}`,
          old: old ?? null,
          new: toldOf(row),
        },
      ]
    },
  }
}

const toldOf = (row: StripeSubscriptionRow) => ({
  status: row.status,
  cancelAtPeriodEnd: row.cancel_at_period_end,
  cancelAt: row.cancel_at?.toISOString() ?? null,
  pausedCollection: row.paused_collection,
})

const isSame = (one: ReturnType<typeof toldOf>, other: ReturnType<typeof toldOf>): boolean =>
  one.status === other.status &&
  one.cancelAtPeriodEnd === other.cancelAtPeriodEnd &&
  one.cancelAt === other.cancelAt &&
  one.pausedCollection === other.pausedCollection
