import type { z } from 'zod'
import type { CallOptions } from '../../contract/call.ts'
import type { ModelPrice } from '../../contract/catalog.ts'
import type { ModelPriceInCatalog, modelPriceSetSchema } from '../../contract/catalog-verbs.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { changeCatalog } from './put-in-force.ts'

/** The prices that catalogs set for models. They replace those of the price library. */
export const listModelPrices = async (ctx: Context): Promise<readonly ModelPriceInCatalog[]> =>
  ctx.catalog.catalogs.flatMap(({ key: catalog, modelPrices }) =>
    modelPrices.map((price) => ({ catalog, ...price })),
  )

/** Replaces the catalog's price for that model. */
export const setModelPrice = async (
  ctx: Context,
  { catalog, ...price }: z.output<typeof modelPriceSetSchema>,
  options: CallOptions = {},
): Promise<ModelPrice> => {
  const isSame = (other: ModelPrice) =>
    other.provider === price.provider && other.model === price.model
  const subject = `model-price:${catalog}/${price.provider}/${price.model}`
  const act = { action: 'model_price.set', subject }
  await changeCatalog(ctx, catalog, { ...actorOf(options), act }, (document) => ({
    ...document,
    modelPrices: [...(document.modelPrices ?? []).filter((one) => !isSame(one)), price],
  }))
  return price
}
