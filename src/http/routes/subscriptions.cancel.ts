import { subscriptionCancelSchema, subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** End a subscription, now or at the end of the period. */
export const subscriptionsCancel = defineRoute({
  operationId: 'subscriptions.cancel',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/cancel',
  access: 'plan.manage',
  organization: 'path',
  tag: 'Subscriptions',
  summary: 'End a subscription, now or at the end of the period',
  description:
    'From then on the gate refuses calls with `subscription_ended`. In a trial the end of ' +
    'the period is that of the trial.',
  params: organizationParameters,
  body: uncheckedBody(subscriptionCancelSchema, { when: 'period_end' }),
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.cancel(call.organizationId, call.body, call.acting)),
})
