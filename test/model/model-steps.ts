import fc from 'fast-check'
import { type ModelLimit, nameOf } from './gate-model.ts'
import type { PLANS } from './model-catalog.ts'

/** The random steps of a run. The few users, amounts and moments collide often. */

export interface Asked {
  readonly kind: 'small' | 'large'
  readonly tokens: number
  /** undefined: the type's own amount, which is one. */
  readonly calls: number | undefined
  readonly userId: string | undefined
  /** It can be retried, and then gets the first answer. */
  readonly hasId: boolean
  /** How long ago it was used; it counts in the windows of that moment. */
  readonly agoMs: number
}

export type Step =
  | { readonly do: 'check' | 'track' | 'record'; readonly call: Asked }
  | { readonly do: 'reserve'; readonly call: Asked; readonly lifeMs: number }
  | {
      readonly do: 'together'
      readonly calls: readonly { readonly verb: 'track' | 'reserve'; readonly call: Asked }[]
    }
  | { readonly do: 'again' | 'release'; readonly which: number }
  | {
      readonly do: 'extend'
      readonly which: number
      readonly more: { readonly tokens?: number; readonly calls?: number }
      readonly lifeMs: number
    }
  | { readonly do: 'settle'; readonly which: number; readonly tokens: number }
  | { readonly do: 'wait'; readonly ms: number }
  | {
      readonly do: 'override'
      readonly limit: ModelLimit
      readonly lifeMs: number | undefined
    }
  | { readonly do: 'plan'; readonly limits: readonly ModelLimit[]; readonly existing: boolean }

export interface Run {
  readonly plan: keyof typeof PLANS
  readonly startsAt: string
  readonly at: string
  readonly steps: readonly Step[]
}

const SECOND_MS = 1_000
const HOUR_MS = 3_600_000

const asked: fc.Arbitrary<Asked> = fc.record({
  kind: fc.constantFrom('small', 'small', 'large'),
  tokens: fc.constantFrom(0, 1, 700, 1_000, 3_000, 6_001),
  calls: fc.constantFrom(undefined, undefined, undefined, undefined, 0, 2, 4),
  userId: fc.constantFrom(undefined, 'ann', 'ann', 'bob'),
  hasId: fc.boolean(),
  agoMs: fc.constantFrom(0, 0, 0, 0, 0, 0, 90 * SECOND_MS, 280 * SECOND_MS),
})
const lifeMs = fc.constantFrom(SECOND_MS, 10 * SECOND_MS, 70 * SECOND_MS, 2 * HOUR_MS)
const which = fc.nat({ max: 20 })

const maxima = { calls: [0, 1, 5, 30], tokens: [0, 1_000, 7_001, 40_000], credits: [0, 9, 80] }
const meter = fc.constantFrom('calls', 'calls', 'tokens', 'credits')
const per = fc.constantFrom(undefined, 'organization', 'user')

const limitOf = (key: keyof typeof maxima): fc.Arbitrary<ModelLimit> => {
  const max = fc.constantFrom(...maxima[key])
  const unlimited = fc.record({
    window: fc.constantFrom('minute', 'hour', 'day', 'period'),
    max: fc.constant(null),
    behavior: fc.constantFrom('hard', 'soft'),
  })
  const rate = fc
    .record({ max, burst: fc.option(max, { nil: undefined }), per, isSoft: fc.nat({ max: 4 }) })
    .map(({ burst, isSoft, ...limit }) => ({
      ...limit,
      window: 'minute' as const,
      behavior: isSoft === 0 ? ('soft' as const) : ('hard' as const),
      ...(burst && limit.max > 0 && { burst }),
    }))
  const inFlight = fc.record({
    max,
    per,
    window: fc.constant('concurrent'),
    behavior: fc.constant('hard'),
  })
  const quota = fc.record({
    max,
    window: fc.constantFrom('hour', 'day', 'month', 'period'),
    behavior: fc.constantFrom('hard', 'hard', 'soft'),
  })
  const overage = fc
    .record({
      max,
      window: fc.constantFrom('day', 'period'),
      more: fc.constantFrom(undefined, 0, 5, 3_000),
    })
    .map(({ more, ...limit }) => ({
      ...limit,
      behavior: 'overage' as const,
      ...(more !== undefined && { cap: limit.max + more }),
    }))
  return fc
    .oneof(unlimited, rate, rate, inFlight, quota, overage)
    .map((limit) => ({ meter: key, ...limit }) as ModelLimit)
}
const limit = meter.chain((key) => limitOf(key))
/** A plan's limits: no two of one name, and at most one that bills a meter. */
const limits = fc.uniqueArray(limit, { maxLength: 6, selector: nameOf }).map((all) =>
  all.filter(({ meter: key, behavior }, index) => {
    const isFirst = all.findIndex((one) => one.meter === key && one.behavior === behavior) === index
    return behavior !== 'overage' || isFirst
  }),
)

const is = <Verb extends string>(verb: Verb) => fc.constant(verb)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: is('track'), call: asked }) },
  { weight: 5, arbitrary: fc.record({ do: is('reserve'), call: asked, lifeMs }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('together'),
      calls: fc.array(fc.record({ verb: fc.constantFrom('track', 'reserve'), call: asked }), {
        minLength: 2,
        maxLength: 10,
      }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('check'), call: asked }) },
  { weight: 1, arbitrary: fc.record({ do: is('record'), call: asked }) },
  { weight: 2, arbitrary: fc.record({ do: is('again'), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: is('extend'),
      which,
      lifeMs,
      more: fc.constantFrom({}, { tokens: 1 }, { tokens: 3_000 }, { calls: 1 }, { calls: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: is('settle'), which, tokens: fc.constantFrom(0, 1, 2_000, 9_000) }),
  },
  { weight: 2, arbitrary: fc.record({ do: is('release'), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: is('wait'),
      ms: fc.oneof(
        fc.nat({ max: 9_000 }),
        fc.constantFrom(1, SECOND_MS, 9_999, 60_000, HOUR_MS, 24 * HOUR_MS),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: is('override'),
      limit,
      lifeMs: fc.constantFrom(undefined, 5 * SECOND_MS, HOUR_MS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: is('plan'), limits, existing: fc.boolean() }) },
)

/** Begins shortly before the edge of an hour, day, month or period, or in the middle of them. */
export const run: fc.Arbitrary<Run> = fc.record({
  plan: fc.constantFrom('rates', 'concurrent', 'quotas', 'everything'),
  startsAt: fc.constantFrom('2026-01-31T08:00:00Z', '2026-02-01T00:00:00Z'),
  at: fc.constantFrom(
    '2026-03-10T12:34:56.789Z',
    '2026-03-30T23:59:58.001Z',
    '2026-03-31T23:59:50Z',
  ),
  steps: fc.array(step, { minLength: 5, maxLength: 40, size: 'max' }),
})

/** The same with hard rates: only those count what leases or Redis decide. */
export const withHardRates = (one: Run): Run => ({
  ...one,
  steps: one.steps.map((each) => {
    if (each.do === 'override') return { ...each, limit: hardened(each.limit) }
    return each.do === 'plan' ? { ...each, limits: each.limits.map(hardened) } : each
  }),
})

const hardened = (one: ModelLimit): ModelLimit =>
  one.window === 'minute' ? { ...one, behavior: 'hard' } : one
