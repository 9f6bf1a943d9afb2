import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { ModelPrice } from '../../core/model-cost.ts'
import { pricingOf } from './event-pricing.ts'
import type { ReplayTarget } from './replay-target.ts'

/**
 * Replays into a database in this process. `modelPrices` are those that the engine was created
 * with.
 */
export const engineTarget = (
  tollgate: TollgateEngine,
  modelPrices: readonly ModelPrice[],
): ReplayTarget => ({
  tollgate,
  batchRows: 1_000,
  // The engine decides in calling order, and waiting calls share a commit.
  decisionsInFlight: 64,
  pricing: async (eventType) =>
    pricingOf(
      eventType,
      await tollgate.catalog.eventTypes.get({ key: eventType }),
      await tollgate.catalog.modelPrices.list(),
      modelPrices,
    ),
  close: () => tollgate.close(),
})
