import { inject } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { isLong, times } from '../setup/form.ts'
import type { GateSettings } from './gate-process.ts'

/** A configuration of the gate; every race runs with each. */
export interface GateConfiguration {
  readonly name: string
  readonly options: GateSettings['options']
}

/** All of them under `npm run torture`; otherwise the named ones, more of them in the long form. */
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

/** A slow machine must not look like an unavailable store. */
const SLOW_MACHINE_MS = 20_000

export const LIMIT = 10_000
/** `raced`: the limit that several processes use up. */
export const RACED_LIMIT = times('TOLLGATE_GATE_LIMIT', { short: 2_000, long: 4_000 })
/** `paced`: a burst, then a rate per minute. */
export const BURST = 60
export const A_MINUTE = 6

/** One meter with any number of units per call, and one with a single unit. */
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
    // A period begins on the day of an organization's creation, so no window ends during a race.
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

/** The engine options of every process in these tests. */
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
