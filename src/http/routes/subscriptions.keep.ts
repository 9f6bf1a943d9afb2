import { subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Take back what is scheduled. */
export const subscriptionsKeep = defineRoute({
  operationId: 'subscriptions.keep',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/keep',
  access: 'plan.manage',
  organization: 'path',
  tag: 'Subscriptions',
  summary: 'Take back what is scheduled',
  description: 'A change of plan and an end; not the end of a trial.',
  params: organizationParameters,
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.keep(call.organizationId, call.acting)),
})
