import { subscriptionChangeSchema, subscriptionSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Change the plan, now or at the end of the period. */
export const subscriptionsChange = defineRoute({
  operationId: 'subscriptions.change',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/change',
  access: 'plan.manage',
  organization: 'path',
  tag: 'Subscriptions',
  summary: 'Change the plan, now or at the end of the period',
  description:
    'To the newest version; the plan that it is on moves to that version, or takes back ' +
    'what is scheduled. Members choose among the public plans.',
  params: organizationParameters,
  body: uncheckedBody(subscriptionChangeSchema, { plan: 'api-platform/enterprise', when: 'now' }),
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.change(call.organizationId, call.body, call.acting)),
})
