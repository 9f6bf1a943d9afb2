import type { TollgateClient } from '../../client/index.ts'
import { pricingOf } from './event-pricing.ts'
import type { ReplayTarget } from './replay-target.ts'

/** Replays into a server, with the administrator's key. */
export const serverTarget = (tollgate: TollgateClient): ReplayTarget => ({
  tollgate,
  // Smaller batches, because a server limits the size of a body.
  batchRows: 500,
  // One at a time, because requests may overtake each other.
  decisionsInFlight: 1,
  pricing: async (eventType) =>
    pricingOf(
      eventType,
      await tollgate.catalog.eventTypes.get({ key: eventType }),
      await tollgate.catalog.modelPrices.list(),
      [],
    ),
  close: async () => undefined,
})
