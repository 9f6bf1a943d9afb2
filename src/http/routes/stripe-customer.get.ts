import { stripeLinkSchema } from '../../contract/stripe.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Who an organization is at Stripe. */
export const stripeCustomerGet = defineRoute({
  operationId: 'stripe-customer.get',
  method: 'get',
  path: '/api/organizations/{orgId}/stripe-customer',
  access: 'invoices.read',
  organization: 'path',
  tag: 'Billing',
  summary: 'Who an organization is at Stripe',
  description: 'With the state of its subscriptions there, as Stripe told it last.',
  params: organizationParameters,
  answers: { 200: { description: 'As it is known here.', schema: stripeLinkSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.billing.stripeLink(call.organizationId)),
})
