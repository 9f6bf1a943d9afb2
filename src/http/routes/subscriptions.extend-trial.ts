import { subscriptionSchema, subscriptionTrialSchema } from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Move the end of a trial. */
export const subscriptionsExtendTrial = defineRoute({
  operationId: 'subscriptions.extend-trial',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/trial',
  access: 'admin',
  tag: 'Subscriptions',
  summary: 'Move the end of a trial',
  description: 'Begins a trial where nothing is billed yet.',
  params: organizationParameters,
  body: uncheckedBody(subscriptionTrialSchema, { endsAt: '2026-12-31T00:00:00Z' }),
  answers: { 200: { description: 'As it is now.', schema: subscriptionSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.extendTrial(call.params.orgId, call.body, call.acting)),
})
