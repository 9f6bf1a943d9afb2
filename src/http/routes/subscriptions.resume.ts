import { subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Resume a subscription. */
export const subscriptionsResume = defineRoute({
  operationId: 'subscriptions.resume',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/resume',
  access: 'admin',
  tag: 'Subscriptions',
  summary: 'Resume a subscription',
  description: 'The time of the pause is not charged.',
  params: organizationParameters,
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.resume(call.params.orgId, call.acting)),
})
