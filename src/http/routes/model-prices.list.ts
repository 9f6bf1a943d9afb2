import { modelPriceListSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The prices that the catalogs set in place of the price library's. */
export const modelPricesList = defineRoute({
  operationId: 'model-prices.list',
  method: 'get',
  path: '/api/admin/config/model-prices',
  access: 'admin',
  tag: 'Model prices',
  summary: 'List model prices',
  description: 'Those that a catalog sets; for every other model the price library has one.',
  answers: { 200: { description: 'The prices in force.', schema: modelPriceListSchema } },
  run: (call) => {
    const listed = call.tollgate.modelPrices.list()
    return json({ modelPrices: listed.map(({ catalog, price }) => ({ catalog, ...price })) })
  },
})
