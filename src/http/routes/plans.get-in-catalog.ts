import { planSchema } from '../../contract/catalog.ts'
import { qualifiedPartParameters } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The newest version of one plan, where its key is in several catalogs. */
export const plansGetInCatalog = defineRoute({
  operationId: 'plans.get-in-catalog',
  method: 'get',
  path: '/api/admin/config/plans/{catalog}/{key}',
  access: 'admin',
  tag: 'Plans',
  summary: 'Look up a plan of a catalog',
  params: qualifiedPartParameters,
  answers: { 200: { description: 'Its newest version.', schema: planSchema } },
  problems: ['not_found'],
  run: (call) => {
    const { catalog, key } = call.params
    return json(call.tollgate.planRegistry.getPlan(`${catalog}/${key}`))
  },
})
