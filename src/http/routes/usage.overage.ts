import { usageOverageSchema } from '../../contract/plan-reports.ts'
import { organizationQuerySchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** What an organization owes past its limits. */
export const usageOverage = defineRoute({
  operationId: 'usage.overage',
  method: 'get',
  path: '/api/usage/overage',
  access: 'usage.read',
  organization: 'query',
  tag: 'Insight',
  summary: 'Overage of the current period, so far and at its end',
  query: organizationQuerySchema,
  answers: {
    200: { description: 'Each limit with overage, and their sum.', schema: usageOverageSchema },
  },
  run: async (call) => json(await call.tollgate.insight.overage(call.organizationId)),
})
