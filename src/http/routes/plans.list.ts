import { planListSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Every plan of every catalog in force. */
export const plansList = defineRoute({
  operationId: 'plans.list',
  method: 'get',
  path: '/api/admin/config/plans',
  access: 'admin',
  tag: 'Plans',
  summary: 'List plans',
  answers: { 200: { description: 'Those of every catalog in force.', schema: planListSchema } },
  run: (call) => {
    const listed = call.tollgate.planRegistry.listPlans()
    return json({
      plans: listed.map(({ catalog, version, definition }) => ({
        catalog,
        version,
        ...definition,
      })),
    })
  },
})
