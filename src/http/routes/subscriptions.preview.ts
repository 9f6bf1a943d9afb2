import {
  subscriptionChangeSchema,
  subscriptionPreviewSchema,
} from '../../contract/subscriptions.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** What a change of plan would cost. */
export const subscriptionsPreview = defineRoute({
  operationId: 'subscriptions.preview',
  method: 'post',
  path: '/api/organizations/{orgId}/subscription/preview',
  access: 'plan.manage',
  organization: 'path',
  tag: 'Subscriptions',
  summary: 'What a change of plan would cost',
  description:
    'The credit and the charge by the second, and the invoices of this period and the ' +
    'next, before and after. Changes nothing.',
  params: organizationParameters,
  body: uncheckedBody(subscriptionChangeSchema, { plan: 'api-platform/enterprise' }),
  answers: { 200: { description: 'The preview.', schema: subscriptionPreviewSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.subscriptions.preview(call.organizationId, call.body, call.acting)),
})
