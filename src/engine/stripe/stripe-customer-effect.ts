import { findOrganization, lockOrganization } from '../../storage/tables/organizations.ts'
import { hastenOutbox } from '../../storage/tables/outbox.ts'
import {
  keepNamedCustomer,
  linkStripeCustomer,
  markCustomerDeleted,
} from '../../storage/tables/stripe-customers.ts'
import { BY_STRIPE, type EffectOfObject, nothing } from '../billing/stripe-effect.ts'

/**
 * Links a customer to the organization that its metadata names, unless the organization has one
 * already. If the organization does not exist yet, it is linked when it is created. A deleted
 * customer is still shown, but nothing is charged to it.
 */
export const customerEffect: EffectOfObject = async (ctx, account, customerId) => {
  const customer = await account.customer(customerId)
  if (!customer) return nothing('gone')
  const act = (organizationId: string, action: string) => ({
    organizationId,
    category: 'billing' as const,
    action,
    ...BY_STRIPE,
    subject: `organization:${organizationId}`,
  })
  const { organizationId } = customer
  if (customer.isDeleted) {
    return {
      outcome: 'applied',
      apply: async (tx) => {
        await keepNamedCustomer(tx, { customerId, organizationId: null, at: ctx.clock.now() })
        const owner = await markCustomerDeleted(tx, customerId, ctx.clock.now())
        if (owner === undefined) return []
        return [{ ...act(owner, 'stripe_customer.deleted'), old: { customerId }, new: null }]
      },
    }
  }
  const isThere =
    organizationId !== null && (await findOrganization(ctx.db, organizationId)) !== undefined
  return {
    outcome: isThere ? 'applied' : 'kept',
    apply: async (tx) => {
      const at = ctx.clock.now()
      // Stored before the organization is looked up, since it may be created at this moment.
      await keepNamedCustomer(tx, { customerId, organizationId, at })
      if (organizationId === null || !(await lockOrganization(tx, organizationId))) return []
      await keepNamedCustomer(tx, { customerId, organizationId: null, at })
      if (!(await linkStripeCustomer(tx, { organizationId, customerId, at }))) return []
      await hastenOutbox(tx, organizationId, at)
      const linked = act(organizationId, 'stripe_customer.linked')
      return [{ ...linked, old: null, new: { customerId } }]
    },
  }
}
