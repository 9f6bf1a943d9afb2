import type { CatalogInput } from '../../src/contract/catalog.ts'

const allowance = (max: number, behavior: 'hard' | 'overage') => ({
  meter: 'credits',
  window: 'period' as const,
  max,
  behavior,
})

/** Calls that cost the credits they name, and plans that include some. */
const creditsCatalog = {
  key: 'credits',
  name: 'Credits',
  meters: [{ key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 }],
  eventTypes: [
    {
      key: 'spend',
      name: 'Spend',
      category: 'all',
      baseCredits: 1,
      multipliers: ['credits'],
      meters: {},
    },
  ],
  plans: [
    { key: 'hundred', name: 'Hundred', monthlyPriceUsd: 10, limits: [allowance(100, 'hard')] },
    { key: 'prepaid', name: 'Prepaid', monthlyPriceUsd: 0, limits: [allowance(0, 'hard')] },
    {
      key: 'charging',
      name: 'Charging',
      monthlyPriceUsd: 10,
      limits: [allowance(100, 'overage')],
      overageRates: { credits: '0.05' },
    },
  ],
} satisfies CatalogInput

/** Options of an engine with only this catalog. */
export const creditsOnly = {
  catalogs: [{ document: creditsCatalog, origin: 'the credits of the tests' }],
}
