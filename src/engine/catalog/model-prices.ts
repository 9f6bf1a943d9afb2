import { type ModelPrice, modelPriceSchema } from '../../contract/catalog.ts'
import { parse } from '../../contract/parse.ts'
import type { Tollgate } from '../../contract/tollgate.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { changeCatalog } from './catalog-verbs.ts'

/** The prices that catalogs set for models, in place of the price library's. */
export const modelPrices = (ctx: Context): Tollgate['modelPrices'] => ({
  list: () =>
    ctx.catalog.catalogs.flatMap((catalog) =>
      catalog.modelPrices.map((price) => ({ catalog: catalog.key, price })),
    ),
  set: async (catalog, input, options = {}) => {
    const price = parse(modelPriceSchema, input)
    const isSame = (other: ModelPrice) =>
      other.provider === price.provider && other.model === price.model
    const subject = `model-price:${catalog}/${price.provider}/${price.model}`
    const act = { action: 'model_price.set', subject }
    await changeCatalog(ctx, catalog, { ...actorOf(options), act }, (document) => ({
      ...document,
      modelPrices: [...(document.modelPrices ?? []).filter((one) => !isSame(one)), price],
    }))
    return price
  },
})
