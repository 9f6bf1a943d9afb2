import { customerPageSchema } from '../../contract/operator-reports.ts'
import { customerQuerySchema } from '../insight-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Customers with revenue and margin. */
export const analyticsCustomers = defineRoute({
  operationId: 'analytics.customers',
  method: 'get',
  path: '/api/admin/analytics/users',
  access: 'admin',
  tag: 'Analytics',
  summary: 'Customers, with revenue and margin of each',
  description: 'Each in its own billing period, so far. By page, or on from a `cursor`.',
  query: customerQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: customerPageSchema } },
  run: async ({ tollgate, query }) => json(await tollgate.operator.customers(query)),
})
