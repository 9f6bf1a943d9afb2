import { subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Pause a subscription. */
export const subscriptionsPause = defineRoute({
  operationId: 'subscriptions.pause',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/pause',
  access: 'admin',
  tag: 'Subscriptions',
  summary: 'Pause a subscription',
  description:
    'The gate refuses calls with `subscription_paused`, and nothing is charged until it ' +
    'is resumed.',
  params: organizationParameters,
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.pause(call.params.orgId, call.acting)),
})
