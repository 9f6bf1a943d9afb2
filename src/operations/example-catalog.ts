import type { CatalogInput } from '../contract/catalog.ts'

/** A small valid catalog for the reference. */
export const exampleCatalog: CatalogInput = {
  key: 'shop',
  name: 'Shop',
  meters: [{ key: 'api_calls', unit: 'call', aggregation: 'count' }],
  eventTypes: [
    {
      key: 'api_call',
      name: 'API call',
      category: 'api',
      baseCredits: '0',
      meters: { api_calls: 1 },
    },
  ],
  plans: [
    {
      key: 'free',
      name: 'Free',
      monthlyPriceUsd: '0',
      limits: [{ meter: 'api_calls', window: 'month', max: 1_000, behavior: 'hard' }],
    },
  ],
}
