import { organizationLimitsSchema } from '../../contract/limits.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The limits of an organization. */
export const limitsList = defineRoute({
  operationId: 'limits.list',
  method: 'get',
  path: '/api/organizations/{orgId}/limits',
  access: 'limits.read',
  organization: 'path',
  tag: 'Limits',
  summary: 'List limits',
  description: 'Those in force now, each with what the plan and what an override says.',
  params: organizationParameters,
  answers: { 200: { description: 'All of them.', schema: organizationLimitsSchema } },
  problems: ['not_found'],
  run: async (call) => json({ limits: await call.tollgate.limits.list(call.organizationId) }),
})
