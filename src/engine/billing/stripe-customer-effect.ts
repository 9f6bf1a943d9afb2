import { lockOrganization } from '../../storage/tables/organizations.ts'
import { hastenOutbox } from '../../storage/tables/outbox.ts'
import { linkStripeCustomer, markCustomerDeleted } from '../../storage/tables/stripe-customers.ts'
import { BY_STRIPE, type EffectOfObject, nothing } from './stripe-effects.ts'

/**
 * A customer whose metadata name an organization is that organization's, unless somebody has said
 * otherwise. One that was deleted is nobody any more: it is shown, and nothing is charged to it.
 */
export const customerEffect: EffectOfObject = async (ctx, account, customerId) => {
  const customer = await account.customer(customerId)
  if (!customer) return nothing('gone')
  const act = (organizationId: string, action: string) => ({
    ...{ organizationId, category: 'billing' as const, action, ...BY_STRIPE },
    subject: `organization:${organizationId}`,
  })
  const { organizationId } = customer
  if (customer.isDeleted) {
    return {
      outcome: 'applied',
      apply: async (tx) => {
        const owner = await markCustomerDeleted(tx, customerId, ctx.clock.now())
        if (owner === undefined) return []
        return [{ ...act(owner, 'stripe_customer.deleted'), old: { customerId }, new: null }]
      },
    }
  }
  if (organizationId === null) return nothing('kept')
  return {
    outcome: 'applied',
    apply: async (tx) => {
      if (!(await lockOrganization(tx, organizationId))) return []
      const at = ctx.clock.now()
      if (!(await linkStripeCustomer(tx, { organizationId, customerId, at }))) return []
      await hastenOutbox(tx, organizationId, at)
      const linked = act(organizationId, 'stripe_customer.linked')
      return [{ ...linked, old: null, new: { customerId } }]
    },
  }
}
