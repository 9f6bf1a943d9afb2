import { planSchema } from '../../contract/catalog.ts'
import { catalogAndPart, planCreateSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Adds a plan to a catalog. */
export const plansCreate = defineRoute({
  operationId: 'plans.create',
  method: 'post',
  path: '/api/admin/config/plans',
  access: 'admin',
  tag: 'Plans',
  summary: 'Add a plan to a catalog',
  body: uncheckedBody(planCreateSchema, {
    catalog: 'api-platform',
    key: 'team',
    name: 'Team',
    monthlyPriceUsd: '149',
    limits: [{ meter: 'api_calls', window: 'period', max: 400_000, behavior: 'overage' }],
    overageRates: { api_calls: '0.0008' },
    upgradesTo: ['enterprise'],
  }),
  answers: { 201: { description: 'It is in force.', schema: planSchema } },
  problems: ['not_found', 'already_exists'],
  run: async (call) => {
    const { catalog, part } = catalogAndPart(call.body)
    const { planRegistry } = call.tollgate
    return json(await planRegistry.createPlan(catalog, part, call.acting), 201)
  },
})
