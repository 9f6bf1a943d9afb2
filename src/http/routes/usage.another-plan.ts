import { anotherPlanRequestSchema, anotherPlanSchema } from '../../contract/plan-reports.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** What the current period would have come to on another plan. */
export const usageAnotherPlan = defineRoute({
  operationId: 'usage.another-plan',
  method: 'get',
  path: '/api/organizations/{orgId}/usage/another-plan',
  access: 'usage.read',
  organization: 'path',
  tag: 'Insight',
  summary: 'The current period on another plan',
  description:
    'Which of its limits would have refused, what overage it would have charged, and what that ' +
    'comes to beside the present plan.',
  params: organizationParameters,
  query: anotherPlanRequestSchema,
  answers: { 200: { description: 'Both plans side by side.', schema: anotherPlanSchema } },
  problems: ['unprocessable'],
  run: async (call) => {
    const { tollgate, organizationId, query, acting, caller } = call
    // Whoever is not the administrator sees what the organization's people may.
    const options = caller.kind === 'admin' ? acting : { role: 'viewer' as const, ...acting }
    return json(await tollgate.insight.onAnotherPlan(organizationId, query.plan, options))
  },
})
