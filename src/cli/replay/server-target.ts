import type { TollgateClient } from '../../client/index.ts'
import { pricingOf } from './event-pricing.ts'
import type { ReplayTarget } from './replay-target.ts'

/** Replays into a server, with its administrator's key. */
export const serverTarget = (tollgate: TollgateClient): ReplayTarget => ({
  tollgate,
  // A server that sets the size of a body has to be asked in smaller pieces.
  batchRows: 500,
  // Requests may overtake each other on their way.
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
