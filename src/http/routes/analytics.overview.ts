import { analyticsOverviewSchema } from '../../contract/operator-reports.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The platform at one look. */
export const analyticsOverview = defineRoute({
  operationId: 'analytics.overview',
  method: 'get',
  path: '/api/admin/analytics/overview',
  access: 'admin',
  tag: 'Analytics',
  summary: 'Organizations, revenue and calls at one look',
  answers: { 200: { description: 'As it is now.', schema: analyticsOverviewSchema } },
  run: async ({ tollgate }) => json(await tollgate.operator.overview()),
})
