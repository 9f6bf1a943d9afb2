import { type ModelPrice, modelPriceSchema } from '../../contract/catalog.ts'
import { parse } from '../../contract/parse.ts'
import type { Tollgate } from '../../contract/tollgate.ts'
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
    await changeCatalog(ctx, catalog, { actor: options.actor ?? 'unknown' }, (document) => ({
      ...document,
      modelPrices: [...(document.modelPrices ?? []).filter((one) => !isSame(one)), price],
    }))
    return price
  },
})
