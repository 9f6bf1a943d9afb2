import { planSchema } from '../../contract/catalog.ts'
import { partParameters, patchAndReach, planUpdateSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Changes a plan by making a new version of it. */
export const plansUpdate = defineRoute({
  operationId: 'plans.update',
  method: 'patch',
  path: '/api/admin/config/plans/{key}',
  access: 'admin',
  tag: 'Plans',
  summary: 'Change a plan',
  description:
    'Makes a new version, in which what is given replaces what was there. Organizations keep the ' +
    'version that they are on, unless `applyToExisting` is true.',
  params: partParameters,
  body: uncheckedBody(planUpdateSchema, { monthlyPriceUsd: '59' }),
  answers: { 200: { description: 'The new version.', schema: planSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) => {
    const { applyToExisting, patch } = patchAndReach(call.body)
    const { planRegistry } = call.tollgate
    const { actor, address } = call.acting
    return json(
      await planRegistry.updatePlan(call.params.key, patch, { actor, address, applyToExisting }),
    )
  },
})
