import { upgradeAdviceSchema } from '../../contract/plan-reports.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The cheapest plan that would have covered what was used. */
export const usageRecommendation = defineRoute({
  operationId: 'usage.recommendation',
  method: 'get',
  path: '/api/organizations/{orgId}/usage/recommendation',
  access: 'usage.read',
  organization: 'path',
  tag: 'Insight',
  summary: 'Which plan suits what was used',
  description: 'Of the current period so far and the three before it, with the figures behind it.',
  params: organizationParameters,
  answers: { 200: { description: 'The plan, and all that compete.', schema: upgradeAdviceSchema } },
  run: async (call) => json(await call.tollgate.planRegistry.recommendUpgrade(call.organizationId)),
})
