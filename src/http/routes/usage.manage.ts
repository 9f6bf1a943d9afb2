import {
  usageManagementSchema,
  usageManagementUpdateSchema,
} from '../../contract/usage-management.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Changes how an organization's use is managed. */
export const usageManage = defineRoute({
  operationId: 'usage.manage',
  method: 'patch',
  path: '/api/organizations/{orgId}/usage/management',
  access: 'limits.manage',
  organization: 'path',
  tag: 'Insight',
  summary: 'Change limits, thresholds, plan and settings',
  description:
    'All that is given, or nothing when any of it is refused. Owners and admins may tighten limits, ' +
    'and set the threshold of warnings and the time zone; a plan is chosen by the owner.',
  params: organizationParameters,
  body: uncheckedBody(usageManagementUpdateSchema, {
    warnPercent: 90,
    timezone: 'Europe/Berlin',
    limits: [
      { meter: 'credits', window: 'period', max: 5_000, behavior: 'hard', reason: 'a budget' },
    ],
  }),
  answers: { 200: { description: 'As they are now.', schema: usageManagementSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) =>
    json(await call.tollgate.insight.manage(call.organizationId, call.body, call.acting)),
})
