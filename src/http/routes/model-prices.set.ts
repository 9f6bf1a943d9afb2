import { modelPriceSchema } from '../../contract/catalog.ts'
import { catalogAndPart, modelPriceSetSchema } from '../config-schemas.ts'
import { json } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Sets the price of a model in a catalog. */
export const modelPricesSet = defineRoute({
  operationId: 'model-prices.set',
  method: 'post',
  path: '/api/admin/config/model-prices',
  access: 'admin',
  tag: 'Model prices',
  summary: 'Set the price of a model',
  description: 'In place of what the catalog had for it, and of what the price library has.',
  body: uncheckedBody(modelPriceSetSchema, {
    catalog: 'rag-chatbot',
    provider: 'openai',
    model: 'gpt-4o-mini',
    inputUsdPerMillion: '0.15',
    cachedInputUsdPerMillion: '0.075',
    outputUsdPerMillion: '0.6',
  }),
  answers: { 200: { description: 'The price now in force.', schema: modelPriceSchema } },
  problems: ['not_found'],
  run: async (call) => {
    const { catalog, part } = catalogAndPart(call.body)
    return json(await call.tollgate.modelPrices.set(catalog, part, call.acting))
  },
})
