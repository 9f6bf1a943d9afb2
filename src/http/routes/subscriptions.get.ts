import { subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** How a subscription stands. */
export const subscriptionsGet = defineRoute({
  operationId: 'subscriptions.get',
  method: 'get',
  path: '/api/organizations/{orgId}/subscription',
  access: 'organization.read',
  organization: 'path',
  tag: 'Subscriptions',
  summary: 'How a subscription stands',
  description: 'Its plan and version, its state, its period, and what is scheduled.',
  params: organizationParameters,
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.subscriptions.get(call.organizationId)),
})
