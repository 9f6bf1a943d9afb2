import type { CatalogInput } from '../../src/contract/catalog.ts'

/** One event type per test, because each test changes its price. */
const type = (key: string, more: object = {}) => ({
  key,
  name: key,
  category: 'all',
  baseCredits: 1,
  multipliers: ['size'],
  meters: { tokens: 'quantity', calls: 1 } as const,
  ...more,
})

export const reratingCatalog = {
  key: 'anew',
  name: 'Anew',
  meters: [
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
    { key: 'calls', unit: 'call', aggregation: 'count' },
    { key: 'visitors', unit: 'visitor', aggregation: 'unique' },
    { key: 'stored', unit: 'byte', aggregation: 'latest' },
  ],
  eventTypes: [
    ...[
      'priced',
      'dearer',
      'held',
      'undone',
      'billed',
      'twice',
      'kept',
      'given',
      'roundabout',
      'locked',
    ].map((key) => type(key)),
    type('other'),
    type('stating', {
      meters: { calls: 1, visitors: { unique: 'userId' }, stored: 'quantity' },
    }),
  ],
  plans: [
    {
      key: 'charging',
      name: 'Charging',
      monthlyPriceUsd: 10,
      limits: [
        { meter: 'credits', window: 'period' as const, max: 100, behavior: 'overage' as const },
      ],
      overageRates: { credits: '0.05' },
    },
  ],
} satisfies CatalogInput
