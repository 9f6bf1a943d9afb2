import { subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Begin a subscription again that has ended. */
export const subscriptionsRestart = defineRoute({
  operationId: 'subscriptions.restart',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/restart',
  access: 'plan.manage',
  organization: 'path',
  tag: 'Subscriptions',
  summary: 'Begin a subscription again that has ended',
  description: 'On its plan; the time between is not charged.',
  params: organizationParameters,
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.restart(call.organizationId, call.acting)),
})
