import type { CatalogInput } from '../../src/contract/catalog.ts'

/** Plans with watched limits: calls a day, credits a month, and none. */
const ALERTS_CATALOG: CatalogInput = {
  key: 'watched',
  name: 'Plans that are watched',
  meters: [
    { key: 'credits', name: 'Credits', unit: 'credits', aggregation: 'sum', scale: 6 },
    { key: 'calls', name: 'Calls', unit: 'calls', aggregation: 'sum' },
    { key: 'volume', name: 'Volume', unit: 'GB', aggregation: 'sum', scale: 2 },
    { key: 'stored', name: 'Stored', unit: 'files', aggregation: 'latest' },
  ],
  eventTypes: [
    { key: 'call', name: 'Call', category: 'api', baseCredits: 0, meters: { calls: 1 } },
    { key: 'use', name: 'Use', category: 'api', baseCredits: 0, meters: { calls: 'quantity' } },
    {
      key: 'spend',
      name: 'Spend',
      category: 'api',
      baseCredits: 1,
      meters: {},
      multipliers: ['credits'],
    },
    { key: 'move', name: 'Move', category: 'api', baseCredits: 0, meters: { volume: 'quantity' } },
    {
      key: 'store',
      name: 'Store',
      category: 'api',
      baseCredits: 0,
      meters: { stored: 'quantity' },
    },
  ],
  plans: [
    {
      key: 'daily',
      name: 'Daily',
      monthlyPriceUsd: 0,
      limits: [
        { meter: 'calls', window: 'day', max: 100, behavior: 'soft' },
        { meter: 'stored', window: 'month', max: 10, behavior: 'soft' },
      ],
    },
    {
      key: 'hard',
      name: 'Hard',
      monthlyPriceUsd: 0,
      limits: [{ meter: 'calls', window: 'day', max: 100, behavior: 'hard' }],
    },
    {
      key: 'credited',
      name: 'Credited',
      monthlyPriceUsd: 0,
      limits: [{ meter: 'credits', window: 'month', max: 100, behavior: 'hard' }],
    },
    {
      key: 'edited',
      name: 'Edited',
      monthlyPriceUsd: 0,
      limits: [{ meter: 'calls', window: 'day', max: 1_000, behavior: 'soft' }],
    },
    { key: 'unlimited', name: 'Unlimited', monthlyPriceUsd: 0, limits: [] },
    {
      key: 'nothing',
      name: 'Nothing',
      monthlyPriceUsd: 0,
      limits: [{ meter: 'calls', window: 'day', max: 0, behavior: 'soft' }],
    },
  ],
}

/** Options of an engine with only this catalog. */
export const alertsOnly = { catalogs: [ALERTS_CATALOG] }
