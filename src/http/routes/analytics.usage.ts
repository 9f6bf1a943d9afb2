import { adminUsageSchema } from '../../contract/operator-reports.ts'
import { adminUsageQuerySchema } from '../insight-parameters.ts'
import { organizationInQuery } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Use of one organization, or of all. */
export const analyticsUsage = defineRoute({
  operationId: 'analytics.usage',
  method: 'get',
  path: '/api/admin/usage',
  access: 'admin',
  tag: 'Analytics',
  summary: 'Use of one organization or of all, over time',
  description:
    'By hour, day, week (from Monday) or month in UTC, from roll-ups: 30 days up to today if no ' +
    'dates are given. With the ten who used most, and what models cost.',
  query: adminUsageQuerySchema,
  answers: { 200: { description: 'The figures.', schema: adminUsageSchema } },
  problems: ['not_found'],
  run: async ({ tollgate, query }) => {
    const { organizationId: _, tenantId: _tenant, ...asked } = query
    const { named: organizationId } = organizationInQuery(query)
    return json(await tollgate.operator.usage({ ...asked, organizationId }))
  },
})
