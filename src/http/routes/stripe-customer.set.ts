import { stripeCustomerSchema, stripeCustomerSetSchema } from '../../contract/billing.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Says who an organization is at Stripe. */
export const stripeCustomerSet = defineRoute({
  operationId: 'stripe-customer.set',
  method: 'post',
  path: '/api/organizations/{orgId}/stripe-customer',
  access: 'admin',
  tag: 'Billing',
  summary: 'Say who an organization is at Stripe',
  description:
    'Overage is billed to this customer from now on. Charges that wait are tried by the next run.',
  params: organizationParameters,
  body: uncheckedBody(stripeCustomerSchema, { customerId: 'cus_NffrFeUfNV2Hib' }),
  answers: { 200: { description: 'As it is now.', schema: stripeCustomerSetSchema } },
  problems: ['not_found', 'already_exists'],
  run: async (call) =>
    json(await call.tollgate.billing.setStripeCustomer(call.params.orgId, call.body, call.acting)),
})
