import type { ModelPrice } from '../../core/model-cost.ts'
import { compilePricing, type PricedEventType } from '../../core/pricing.ts'
import { ModelCosts } from '../../engine/ledger/model-cost-of-event.ts'
import type { ReplayPricing } from './replay-target.ts'

/**
 * Prices rows as the ledger prices events: by `overrides`, then the catalog, then the price
 * library.
 */
export const pricingOf = (
  eventType: string,
  definition: PricedEventType,
  catalogPrices: readonly (ModelPrice & { readonly catalog: string })[],
  overrides: readonly ModelPrice[],
): ReplayPricing => {
  const [catalog] = eventType.split('/')
  const prices = catalogPrices.filter((price) => price.catalog === catalog)
  const costs = new ModelCosts(overrides)
  const priceOf = compilePricing(definition)
  return {
    microCredits: (properties) => {
      const price = priceOf(properties)
      return price.ok ? price.microCredits : 0n
    },
    costUsd: (event, at) => (event.model ? costs.of(event, prices, at).costUsd : '0'),
  }
}
