import { usageManagementSchema } from '../../contract/usage-management.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** How an organization's use is managed. */
export const usageManagement = defineRoute({
  operationId: 'usage.management',
  method: 'get',
  path: '/api/organizations/{orgId}/usage/management',
  access: 'usage.read',
  organization: 'path',
  tag: 'Insight',
  summary: 'Limits, thresholds, plan, settings and habits',
  params: organizationParameters,
  answers: { 200: { description: 'As they are now.', schema: usageManagementSchema } },
  run: async (call) => json(await call.tollgate.insight.management(call.organizationId)),
})
