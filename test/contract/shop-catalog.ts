import { type CatalogInput, validateCatalog } from '../../src/contract/catalog.ts'
import type { Fault } from '../../src/core/fault.ts'

/** A small valid catalog; each test breaks a copy of it. */
export const shopCatalog = () =>
  ({
    key: 'shop',
    name: 'Shop',
    meters: [
      { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
      { key: 'tokens', unit: 'token', aggregation: 'sum' },
      { key: 'hours', unit: 'hour', aggregation: 'sum', scale: 2 },
      { key: 'api_calls', unit: 'call', aggregation: 'count' },
      { key: 'visitors', unit: 'visitor', aggregation: 'unique' },
      { key: 'storage', unit: 'byte', aggregation: 'latest' },
    ],
    eventTypes: [
      {
        key: 'answer',
        name: 'Answer',
        category: 'chat',
        baseCredits: '2.50',
        requires: 'chat',
        multipliers: ['complexity'],
        bonuses: { echo: 5 },
        meters: { tokens: 'quantity', api_calls: 1, hours: 0.25, visitors: { unique: 'userId' } },
      },
    ],
    plans: [
      {
        key: 'pro',
        name: 'Pro',
        monthlyPriceUsd: '49.00',
        limits: [
          { meter: 'credits', window: 'period', max: 1000.5, behavior: 'overage' },
          { meter: 'api_calls', window: 'minute', max: 60, behavior: 'hard' },
          { meter: 'api_calls', window: 'day', max: null, behavior: 'soft' },
          {
            meter: 'tokens',
            window: 'minute',
            per: 'user',
            max: 100,
            burst: 10,
            behavior: 'hard',
            onFailure: 'closed',
            decide: 'strict',
            durable: true,
          },
          { meter: 'api_calls', window: 'concurrent', per: 'api_key', max: 2, behavior: 'hard' },
        ],
        overageRates: { credits: '0.0010' },
        features: { chat: { metered: 'tokens' }, sso: true, seats: 5, support: 'email' },
        upgradesTo: ['max'],
      },
      { key: 'max', name: 'Max', monthlyPriceUsd: null, limits: [] },
    ],
    modelPrices: [
      {
        provider: 'acme',
        model: 'm1',
        inputUsdPerMillion: '1.50',
        outputUsdPerMillion: '3',
        tiers: [
          { aboveInputTokens: 1000, inputUsdPerMillion: '2', outputUsdPerMillion: '4' },
          { aboveInputTokens: 2000, inputUsdPerMillion: '3', outputUsdPerMillion: '5' },
        ],
      },
    ],
  }) satisfies CatalogInput

// biome-ignore lint/suspicious/noExplicitAny: a test breaks a document in ways its type forbids.
export type Loose = any

export const faultsOf = (input: unknown): readonly Fault[] => {
  const result = validateCatalog(input)
  return result.ok ? [] : result.faults
}

/** The faults of the shop catalog after a change. */
export const faultsAfter = (breakIt: (document: Loose) => void): readonly Fault[] => {
  const document = shopCatalog()
  breakIt(document)
  return faultsOf(document)
}
