import { inject } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { isLong, times } from '../setup/form.ts'
import type { GateSettings } from './gate-process.ts'

/** A way to run the gate, over which every race is run. */
export interface GateConfiguration {
  readonly name: string
  readonly options: GateSettings['options']
}

/** All of them under `npm run torture`; else those that are named, more of them in the long form. */
export const gateConfigurations = (
  short: readonly string[],
  long = short,
): readonly GateConfiguration[] =>
  [
    { name: 'strict', options: { decide: 'strict' as const } },
    { name: 'leased', options: { decide: 'leased' as const } },
    ...withRedis(inject('redisUrl')),
  ].filter(({ name }) => process.env.TOLLGATE_GATE_ROUNDS || (isLong ? long : short).includes(name))

const withRedis = (url: string | undefined): readonly GateConfiguration[] =>
  url === undefined
    ? []
    : [
        {
          name: 'strict with Redis',
          options: { decide: 'strict', redis: { url, timeoutMs: SLOW_MACHINE_MS } },
        },
        {
          name: 'leased with Redis',
          options: { decide: 'leased', redis: { url, timeoutMs: SLOW_MACHINE_MS } },
        },
      ]

/** A machine that is slow today is no store that is away. */
const SLOW_MACHINE_MS = 20_000

export const LIMIT = 10_000
/** `raced`: what several processes take to its last unit. */
export const RACED_LIMIT = times('TOLLGATE_GATE_LIMIT', { short: 3_000, long: 10_000 })
/** `paced`: so much at once, and then so much a minute. */
export const BURST = 60
export const A_MINUTE = 6

/** One meter that a call moves by any number of units, and one that it moves by 1. */
export const gateCatalog: CatalogInput = {
  key: 'gate',
  name: 'Gate',
  meters: [
    { key: 'units', unit: 'unit', aggregation: 'sum' },
    { key: 'calls', unit: 'call', aggregation: 'count' },
  ],
  eventTypes: [
    { key: 'use', name: 'Use', category: 'gate', baseCredits: 0, meters: { units: 'quantity' } },
    { key: 'call', name: 'Call', category: 'gate', baseCredits: 0, meters: { calls: 1 } },
  ],
  plans: [
    // A period begins with the day on which an organization begins, so that no window ends while a
    // race is run.
    plan('capped', { meter: 'units', window: 'period', max: LIMIT, behavior: 'hard' }),
    plan('raced', { meter: 'units', window: 'period', max: RACED_LIMIT, behavior: 'hard' }),
    plan('roomy', { meter: 'units', window: 'period', max: 10 ** 9, behavior: 'hard' }),
    plan('open', { meter: 'calls', window: 'minute', max: 10 ** 7, behavior: 'hard' }),
    plan('paced', {
      meter: 'calls',
      window: 'minute',
      max: A_MINUTE,
      burst: BURST,
      behavior: 'hard',
    }),
  ],
}

/** What every process of these tests opens its engine with. */
export const gateOptions = (
  url: string,
  { options }: GateConfiguration,
): GateSettings['options'] => ({
  ...options,
  database: { url, poolSize: 5 },
  storeTimeoutMs: SLOW_MACHINE_MS,
  catalogs: [{ document: gateCatalog, origin: 'test/faults' }],
})

function plan(
  key: string,
  limit: CatalogInput['plans'][number]['limits'][number],
): CatalogInput['plans'][number] {
  return { key, name: key, monthlyPriceUsd: '0', limits: [limit], features: {} }
}
