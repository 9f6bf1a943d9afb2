import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import { linkStripeCustomer, takeNamedCustomer } from '../../storage/tables/stripe-customers.ts'

/** Links a Stripe customer that named the organization before it was created here. */
export const linkNamedCustomer = async (
  tx: Queryable,
  organizationId: string,
  at: Date,
): Promise<readonly AuditAct[]> => {
  const customerId = await takeNamedCustomer(tx, organizationId)
  if (customerId === undefined) return []
  if (!(await linkStripeCustomer(tx, { organizationId, customerId, at }))) return []
  return [
    {
      organizationId,
      category: 'billing',
      action: 'stripe_customer.linked',
      actor: 'stripe',
      address: null,
      subject: `organization:${organizationId}`,
      old: null,
      new: { customerId },
    },
  ]
}
