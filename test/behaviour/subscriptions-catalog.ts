import type { CatalogInput } from '../../src/contract/catalog.ts'

const perMonth = (max: number, behavior: 'hard' | 'overage' = 'hard') => [
  { meter: 'calls', window: 'month' as const, max, behavior },
]

/** A plan for every property by which subscriptions differ. */
export const SUBSCRIPTIONS_CATALOG: CatalogInput = {
  key: 'subscribed',
  name: 'Plans that are subscribed to',
  meters: [{ key: 'calls', name: 'Calls', unit: 'calls', aggregation: 'sum' }],
  eventTypes: [
    { key: 'call', name: 'Call', category: 'api', baseCredits: 0, meters: { calls: 1 } },
  ],
  plans: [
    { key: 'free', name: 'Free', monthlyPriceUsd: 0, limits: perMonth(10) },
    {
      key: 'pro',
      name: 'Pro',
      monthlyPriceUsd: 49,
      upgradesTo: ['enterprise'],
      limits: perMonth(100, 'overage'),
      overageRates: { calls: 0.1 },
    },
    { key: 'tried', name: 'Tried', monthlyPriceUsd: 49, afterTrial: 'free', limits: perMonth(50) },
    { key: 'enterprise', name: 'Enterprise', monthlyPriceUsd: 500, limits: perMonth(100_000) },
    { key: 'secret', name: 'Secret', monthlyPriceUsd: 9, public: false, limits: [] },
  ],
}
