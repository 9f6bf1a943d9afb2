import type { CatalogInput } from '../../src/contract/catalog.ts'
import { seededRandom } from '../../src/engine/demo/seeded-random.ts'
import {
  boundary,
  type Rate,
  type RatedPlan,
  type Subscribed,
  type Use,
  type Window,
} from './exact-rating.ts'

/** Random subscriptions of every kind, with their changes. */

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
export const FIRST_MS = Date.UTC(2026, 0, 1)
export const DAYS = 112
const NOON_MS = 12 * HOUR_MS

const WINDOWS: readonly Window[] = ['hour', 'day', 'month', 'period']
const INCLUDED = { hour: 3, day: 5, month: 20, period: 25 }

const TIERS = [
  { upTo: 4, unitPrice: '0.125', flatFee: '0.5' },
  { upTo: 10, unitPrice: '0.0333', flatFee: '0.105' },
  { upTo: null, unitPrice: '0.07' },
]
const RATES: Readonly<Record<string, Rate>> = {
  flat: { model: 'flat', unitPrice: '0.0547' },
  graduated: { model: 'graduated', tiers: TIERS },
  volume: { model: 'volume', tiers: TIERS },
  package: { model: 'package', packageSize: 3, packagePrice: '0.4' },
  least: { model: 'flat', unitPrice: '0.05', minimum: '2.5' },
  bounded: { model: 'graduated', tiers: TIERS, minimum: '0.77', maximum: '1.9' },
}

const PLANS: readonly RatedPlan[] = [
  ...WINDOWS.flatMap((window) =>
    Object.entries(RATES).map(([name, rate], index): RatedPlan => {
      const cap = name === 'package' ? { cap: INCLUDED[window] + 7 } : {}
      return {
        key: `${name}-${window}`,
        price: ['0', '49', '10.01'][index % 3] as string,
        rate,
        limits: [{ window, max: INCLUDED[window], ...cap }],
      }
    }),
  ),
  { key: 'without', price: '20', limits: [] },
]

/** In the engine's form. Meters count hundredths. */
export const ratedCatalog: CatalogInput = {
  key: 'rated',
  name: 'Rated',
  meters: [{ key: 'work', unit: 'unit', aggregation: 'sum', scale: 2 }],
  eventTypes: [
    { key: 'work', name: 'Work', category: 'all', baseCredits: 0, meters: { work: 'quantity' } },
  ],
  plans: PLANS.map(({ key, price, limits, rate }) => ({
    key,
    name: key,
    monthlyPriceUsd: price,
    limits: limits.map((limit) => ({ ...limit, meter: 'work', behavior: 'overage' as const })),
    ...(rate && { overageRates: { work: rate as never } }),
  })),
}

export const subscriptionAtRandom = (seed: string): Subscribed => {
  const random = seededRandom(seed).next
  const upTo = (most: number) => Math.floor(random() * most)
  const startMs = FIRST_MS + upTo(31) * DAY_MS + upTo(24) * HOUR_MS
  const instant = () => startMs + 1000 * (1 + upTo((75 * DAY_MS) / 1000))
  const plans = [{ fromMs: startMs, plan: PLANS[upTo(PLANS.length)] as RatedPlan }]
  for (const fromMs of Array.from({ length: upTo(4) }, instant).sort((a, b) => a - b)) {
    const last = plans.at(-1)?.plan
    const others = PLANS.filter((plan) => plan !== last)
    // Half of them return to their first plan by way of another.
    const back = plans.at(-2)?.plan
    const plan = back && random() < 0.5 ? back : (others[upTo(others.length)] as RatedPlan)
    plans.push({ fromMs, plan })
  }
  const trialEndMs =
    random() < 0.15 ? startMs + DAY_MS + 1000 * upTo((20 * DAY_MS) / 1000) : undefined
  const pauses: { fromMs: number; toMs: number }[] = []
  for (let fromMs = instant(); random() < 0.4 && pauses.length < 2; ) {
    const toMs = fromMs + 1000 * (1 + upTo((35 * DAY_MS) / 1000))
    pauses.push({ fromMs, toMs })
    fromMs = toMs + 1000 * (1 + upTo((10 * DAY_MS) / 1000))
  }
  const places = Array.from({ length: 6 }, () => startMs + upTo(85 * DAY_MS))
  // The days around a change are where errors are likely.
  const near = [...plans.slice(1), ...pauses].map(({ fromMs }) => fromMs)
  const uses: Use[] = []
  for (let n = 0; n < 30; n += 1) {
    const place = n % 3 === 0 && near.length > 0 ? near[n % near.length] : places[n % 6]
    const spread = random() < 0.5 ? HOUR_MS : DAY_MS
    const atMs = Math.max(startMs, (place as number) + upTo(2 * spread) - spread)
    const lateMs = random() < 0.7 ? 0 : upTo(45) * DAY_MS
    const toldMs = noonAfter(atMs + lateMs)
    const undoneMs = random() < 0.15 ? toldMs + (1 + upTo(40)) * DAY_MS : undefined
    uses.push({ atMs, toldMs, undoneMs, units: BigInt(1 + upTo(900)) })
  }
  const isTaken = ({ atMs, toldMs }: Use) =>
    toldMs < FIRST_MS + DAYS * DAY_MS &&
    !pauses.some(({ fromMs, toMs }) => toldMs >= fromMs && toldMs < toMs && atMs >= fromMs)
  return { startMs, trialEndMs, plans, pauses, uses: uses.filter(isTaken) }
}

const noonAfter = (ms: number): number => Math.ceil((ms - NOON_MS) / DAY_MS) * DAY_MS + NOON_MS

/** The days on which one of their periods ends. */
export const endsOf = (all: readonly Subscribed[]): ReadonlySet<number> =>
  new Set(all.flatMap(({ startMs }) => [1, 2, 3, 4].map((k) => boundary(startMs, k))))
