import { planSchema } from '../../contract/catalog.ts'
import { patchAndReach, planUpdateSchema, qualifiedPartParameters } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Changes a plan by making a new version of it, where its key is in several catalogs. */
export const plansUpdateInCatalog = defineRoute({
  operationId: 'plans.update-in-catalog',
  method: 'patch',
  path: '/api/admin/config/plans/{catalog}/{key}',
  access: 'admin',
  tag: 'Plans',
  summary: 'Change a plan of a catalog',
  description:
    'Makes a new version, in which what is given replaces what was there. Organizations keep the ' +
    'version that they are on, unless `applyToExisting` is true.',
  params: qualifiedPartParameters,
  body: uncheckedBody(planUpdateSchema, { monthlyPriceUsd: '59' }),
  answers: { 200: { description: 'The new version.', schema: planSchema } },
  problems: ['not_found'],
  run: async (call) => {
    const { applyToExisting, patch } = patchAndReach(call.body)
    const { planRegistry } = call.tollgate
    const key = `${call.params.catalog}/${call.params.key}`
    const { actor, address } = call.acting
    return json(await planRegistry.updatePlan(key, patch, { actor, address, applyToExisting }))
  },
})
