import type { CatalogInput } from '../../src/contract/catalog.ts'

/** One meter of each kind, an event type for each, and plans with every kind of limit on them. */
const metersCatalog = {
  key: 'meters',
  name: 'Meters',
  meters: [
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
    { key: 'hours', unit: 'hour', aggregation: 'sum', scale: 2 },
    { key: 'calls', unit: 'call', aggregation: 'count' },
    { key: 'peak', unit: 'connection', aggregation: 'max' },
    { key: 'visitors', unit: 'visitor', aggregation: 'unique' },
    { key: 'stored', unit: 'byte', aggregation: 'latest' },
  ],
  eventTypes: [
    {
      key: 'work',
      name: 'Work',
      category: 'flows',
      baseCredits: '0.7',
      multipliers: ['complexity', 'size'],
      bonuses: { echo: '0.000001', deep: '2.5' },
      meters: { tokens: 'quantity', hours: 'quantity', calls: 1 },
    },
    {
      key: 'visit',
      name: 'Visit',
      category: 'states',
      baseCredits: 0,
      meters: { visitors: { unique: 'userId' } },
    },
    {
      key: 'load',
      name: 'Load',
      category: 'states',
      baseCredits: 0,
      meters: { peak: 'quantity' },
    },
    {
      key: 'report',
      name: 'Report',
      category: 'states',
      baseCredits: 0,
      meters: { stored: 'quantity' },
    },
    {
      key: 'everything',
      name: 'Everything',
      category: 'all',
      baseCredits: 1,
      meters: {
        tokens: 'quantity',
        calls: 1,
        peak: 'quantity',
        visitors: { unique: 'userId' },
        stored: 'quantity',
      },
    },
  ],
  plans: [
    { key: 'free', name: 'Free', monthlyPriceUsd: 0, limits: [] },
    {
      key: 'small',
      name: 'Small',
      monthlyPriceUsd: 10,
      limits: [
        { meter: 'tokens', window: 'hour', max: 100, behavior: 'soft' },
        { meter: 'tokens', window: 'day', max: 1_000, behavior: 'hard' },
        { meter: 'tokens', window: 'month', max: 500, behavior: 'overage' },
        { meter: 'hours', window: 'day', max: 1.5, behavior: 'hard' },
        { meter: 'calls', window: 'minute', max: 50, behavior: 'hard' },
        { meter: 'peak', window: 'day', max: 10, behavior: 'hard' },
        { meter: 'visitors', window: 'day', max: 3, behavior: 'hard' },
        { meter: 'stored', window: 'month', max: 500, behavior: 'hard' },
      ],
      overageRates: { tokens: '0.001' },
    },
  ],
} satisfies CatalogInput

/** Engine options with only this catalog. */
export const metersOnly = { catalogs: [{ document: metersCatalog, origin: 'meters.json' }] }
