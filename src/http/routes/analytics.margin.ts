import { organizationMarginSchema } from '../../contract/operator-reports.ts'
import { marginQuerySchema } from '../insight-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Revenue less model cost of one customer. */
export const analyticsMargin = defineRoute({
  operationId: 'analytics.margin',
  method: 'get',
  path: '/api/admin/analytics/margin',
  access: 'admin',
  tag: 'Analytics',
  summary: 'Revenue less model cost of one customer',
  query: marginQuerySchema,
  answers: {
    200: { description: 'Period by period, the latest first.', schema: organizationMarginSchema },
  },
  problems: ['not_found'],
  run: async ({ tollgate, query }) => json(await tollgate.operator.margin(query.organizationId)),
})
