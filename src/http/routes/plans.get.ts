import { planSchema } from '../../contract/catalog.ts'
import { partParameters } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The newest version of one plan. */
export const plansGet = defineRoute({
  operationId: 'plans.get',
  method: 'get',
  path: '/api/admin/config/plans/{key}',
  access: 'admin',
  tag: 'Plans',
  summary: 'Look up a plan',
  params: partParameters,
  answers: { 200: { description: 'Its newest version.', schema: planSchema } },
  problems: ['not_found', 'unprocessable'],
  run: (call) => json(call.tollgate.planRegistry.getPlan(call.params.key)),
})
