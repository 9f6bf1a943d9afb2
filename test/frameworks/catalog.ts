import type { CatalogInput } from '../../src/contract/catalog.ts'

const plan = (
  key: string,
  limits: CatalogInput['plans'][number]['limits'],
): CatalogInput['plans'][number] => ({ key, name: key, monthlyPriceUsd: 0, limits })

/** A plan for each kind of refusal, and one with room. */
const document = {
  key: 'desk',
  name: 'Desk',
  meters: [
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
    { key: 'api_calls', unit: 'call', aggregation: 'count' },
  ],
  eventTypes: [
    {
      key: 'chat',
      name: 'Chat',
      category: 'chat',
      baseCredits: 1,
      meters: { api_calls: 1, tokens: 'quantity' },
    },
    {
      key: 'look',
      name: 'Look',
      category: 'chat',
      baseCredits: 1,
      requires: 'vision',
      meters: { api_calls: 1, tokens: 'quantity' },
    },
  ],
  plans: [
    {
      ...plan('roomy', [{ meter: 'tokens', window: 'day', max: 10_000, behavior: 'hard' }]),
      features: { vision: false },
    },
    { ...plan('seeing', []), features: { vision: true } },
    plan('slow', [{ meter: 'api_calls', window: 'minute', max: 1, behavior: 'hard' }]),
    plan('poor', [{ meter: 'credits', window: 'month', max: 1, behavior: 'hard' }]),
  ],
} satisfies CatalogInput

export const catalogs = [{ document, origin: 'desk.json' }]
