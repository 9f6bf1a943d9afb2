import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { ModelLimit } from './gate-model.ts'

/** The calls of the steps: the price of both kinds, and their meters' amounts. */
export const CREDITS = { small: 1, large: 7 } as const

/** A meter's amount in its smallest unit, which the model sums. */
export const unitsOf = (meter: string, amount: number): number =>
  meter === 'credits' ? Math.round(amount * 1_000_000) : amount

export const limitInUnits = ({ max, burst, cap, ...limit }: ModelLimit): ModelLimit => ({
  ...limit,
  max: max === null ? null : unitsOf(limit.meter, max),
  ...(burst !== undefined && { burst: unitsOf(limit.meter, burst) }),
  ...(cap !== undefined && { cap: unitsOf(limit.meter, cap) }),
})

/** Rates of every kind: with a smaller and a larger burst, for all and per user. */
const rates: readonly ModelLimit[] = [
  { meter: 'calls', window: 'minute', max: 30, burst: 8, behavior: 'hard' },
  { meter: 'calls', window: 'minute', per: 'user', max: 7, burst: 3, behavior: 'hard' },
  { meter: 'tokens', window: 'minute', max: 6_000, burst: 9_000, behavior: 'hard' },
  { meter: 'credits', window: 'minute', max: 40, behavior: 'hard' },
]

const concurrent: readonly ModelLimit[] = [
  { meter: 'calls', window: 'concurrent', max: 5, behavior: 'hard' },
  { meter: 'calls', window: 'concurrent', per: 'user', max: 2, behavior: 'hard' },
  { meter: 'tokens', window: 'concurrent', max: 9_000, behavior: 'hard' },
]

const quotas: readonly ModelLimit[] = [
  { meter: 'calls', window: 'hour', max: 6, behavior: 'soft' },
  { meter: 'tokens', window: 'hour', max: 9_000, behavior: 'hard' },
  { meter: 'calls', window: 'day', max: 15, behavior: 'hard' },
  { meter: 'tokens', window: 'month', max: 12_000, cap: 25_000, behavior: 'overage' },
  { meter: 'calls', window: 'period', max: 18, behavior: 'hard' },
  { meter: 'credits', window: 'period', max: 60, behavior: 'hard' },
]

/** The plans in which a run may begin. */
export const PLANS = {
  rates,
  concurrent,
  quotas,
  everything: [...rates, ...concurrent, ...quotas],
} as const satisfies Record<string, readonly ModelLimit[]>

const meters = { calls: 1, tokens: 'quantity' } as const

export const modelCatalog = {
  key: 'model',
  name: 'Model',
  meters: [
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
    { key: 'calls', unit: 'call', aggregation: 'count' },
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
  ],
  eventTypes: [
    { key: 'small', name: 'Small', category: 'calls', baseCredits: CREDITS.small, meters },
    { key: 'large', name: 'Large', category: 'calls', baseCredits: CREDITS.large, meters },
  ],
  plans: Object.entries(PLANS).map(([key, limits]) => ({
    key,
    name: key,
    monthlyPriceUsd: 0,
    limits: [...limits],
    overageRates: { calls: '1', tokens: '1', credits: '1' },
  })),
} satisfies CatalogInput
