import type { StripeCustomerInput, StripeCustomerSet } from '../../contract/billing.ts'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import { hastenOutbox } from '../../storage/tables/outbox.ts'
import { findStripeCustomer, setStripeCustomer } from '../../storage/tables/stripe-customers.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { lockedOrganization } from '../tenancy/organizations.ts'

/** Sets an organization's customer at Stripe. The next run tries its waiting charges. */
export const setCustomer = async (
  ctx: Context,
  { organizationId, customerId }: Owned<StripeCustomerInput>,
  options: CallOptions = {},
): Promise<StripeCustomerSet> => {
  await ctx.db.transaction(async (tx) => {
    // A closed organization still pays for its last period.
    await lockedOrganization(tx, organizationId, { alsoClosed: true })
    const at = ctx.clock.now()
    const before = await findStripeCustomer(tx, organizationId)
    if (!(await setStripeCustomer(tx, { organizationId, customerId, at }))) {
      throw new TollgateError('already_exists', {
        detail: 'another organization is this customer',
        faults: [{ field: 'customerId', message: 'is another organization' }],
      })
    }
    await hastenOutbox(tx, organizationId, at)
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'billing',
      action: 'stripe_customer.set',
      ...actorOf(options),
      subject: `organization:${organizationId}`,
      old: before ? { customerId: before.customer_id } : null,
      new: { customerId },
    })
  })
  return { organizationId, customerId }
}
