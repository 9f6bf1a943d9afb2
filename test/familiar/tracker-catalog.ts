import type { CatalogInput } from '../../src/contract/catalog.ts'

/** The prices of a hand-written tracker: from its catalog, and computed by itself. */
export const trackerCatalog = {
  key: 'tracker',
  name: 'Tracker',
  meters: [{ key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 }],
  eventTypes: [
    {
      key: 'structuring_diagnose',
      name: 'Diagnose',
      category: 'ai_analysis',
      baseCredits: 10,
      multipliers: ['complexity'],
      bonuses: { echo: 5, traceback: 3 },
    },
    {
      key: 'custom_job',
      name: 'A job priced elsewhere',
      category: 'ai_analysis',
      baseCredits: 1,
      multipliers: [{ name: 'creditsConsumed', required: true }],
    },
  ],
  plans: [
    {
      key: 'hundred',
      name: 'Hundred',
      monthlyPriceUsd: 10,
      limits: [{ meter: 'credits', window: 'month', max: 100, behavior: 'hard' }],
    },
  ],
} satisfies CatalogInput
