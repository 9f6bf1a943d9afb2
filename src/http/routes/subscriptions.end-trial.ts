import { subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** End a trial now. */
export const subscriptionsEndTrial = defineRoute({
  operationId: 'subscriptions.end-trial',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/trial/end',
  access: 'admin',
  tag: 'Subscriptions',
  summary: 'End a trial now',
  description: 'What the plan says of the end of a trial comes at once.',
  params: organizationParameters,
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.endTrial(call.params.orgId, call.acting)),
})
