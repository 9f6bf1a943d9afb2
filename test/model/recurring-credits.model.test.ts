import fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { creditsOnly } from '../behaviour/credits-catalog.ts'
import { describeEngine, type EngineSubject } from '../behaviour/describe-engine.ts'
import { times } from '../setup/form.ts'

/**
 * Credits that recur, around the instants at which they are due, in two processes. Nothing else
 * gives credits here. So at any instant the rest is the credits of one cycle, minus the use since
 * that cycle began.
 */
const RUNS = times('TOLLGATE_RECURRING_RUNS', { short: 3, long: 40 })
const CREDITS = 30
const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** The 28th of a month, so that every month has the date. */
const CREATED = Date.UTC(2026, 2, 28, 12)

const credits = fc.integer({ min: 1, max: 20 })
/** Which process does it. */
const by = fc.nat(1)
const kindOf = <Kind extends string>(kind: Kind) => ({ kind: fc.constant(kind) })
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      ...kindOf('wait'),
      to: fc.constantFrom(
        'just before',
        'due',
        'a moment after',
        'six minutes after',
      ) as fc.Arbitrary<keyof typeof AFTER_DUE_MS>,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...kindOf('sleep'),
      ms: fc.constantFrom(6 * MINUTE_MS, 10 * DAY_MS, 70 * DAY_MS),
    }),
  },
  { weight: 4, arbitrary: fc.record({ ...kindOf('use'), by, credits }) },
  /** Two uses at one instant, in two processes. */
  { weight: 2, arbitrary: fc.record({ ...kindOf('use both'), credits }) },
  { weight: 2, arbitrary: fc.record({ ...kindOf('create again'), by }) },
  { weight: 2, arbitrary: fc.record({ ...kindOf('create again and use'), by, credits }) },
  { weight: 1, arbitrary: fc.record({ ...kindOf('hold and settle'), by, credits }) },
)
type Step = typeof step extends fc.Arbitrary<infer Of> ? Of : never
const AFTER_DUE_MS = {
  'just before': -1,
  due: 0,
  'a moment after': 1,
  'six minutes after': 6 * MINUTE_MS,
} as const

const sequence = fc.record({
  /** Created late, just in time, and early. */
  startsInMs: fc.constantFrom(
    ...[-70 * DAY_MS, -6 * MINUTE_MS, -1, 0, 1, 4 * MINUTE_MS, 5 * DAY_MS],
  ),
  /** Several calls create it at once. */
  creators: fc.integer({ min: 1, max: 3 }),
  steps: fc.array(step, { minLength: 6, maxLength: 14 }),
})

type Sequence = typeof sequence extends fc.Arbitrary<infer Of> ? Of : never

/** The date a number of months after the first. */
const dateAfter = (startMs: number, months: number): number => {
  const date = new Date(startMs)
  return date.setUTCMonth(date.getUTCMonth() + months)
}

const promises = (subject: () => EngineSubject) => {
  const processes: TollgateEngine[] = []
  beforeAll(async () => {
    processes.push(subject().tollgate, await subject().another())
  })

  const play = async ({ startsInMs, creators, steps }: Sequence) => {
    const { clock } = subject()
    let nowMs = CREATED
    const goTo = async (ms: number) => {
      nowMs = ms
      await clock.set(new Date(nowMs))
    }
    await goTo(CREATED)
    const organizationId = await subject().organization('prepaid', '2025-01-01T00:00:00Z')
    const startMs = CREATED + startsInMs
    const order = {
      organizationId,
      id: `order-${organizationId}`,
      credits: CREDITS,
      everyMonths: 1,
      reason: 'the model',
      startsAt: new Date(startMs),
    }
    const create = (process: number) => (processes[process] as TollgateEngine).grants.create(order)
    const made = await Promise.all(Array.from({ length: creators }, (_, n) => create(n % 2)))
    expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1)

    const uses: { atMs: number; credits: number }[] = []
    const nextDueMs = () => {
      let months = 0
      while (dateAfter(startMs, months) <= nowMs) months += 1
      return dateAfter(startMs, months)
    }
    const available = (): number => {
      if (nowMs < startMs) return 0
      const cycleMs = dateAfter(startMs, cycleAt(startMs, nowMs))
      return uses.reduce((rest, use) => rest - (use.atMs >= cycleMs ? use.credits : 0), CREDITS)
    }
    const call = (amount: number) => ({
      organizationId,
      eventType: 'spend',
      properties: { credits: amount },
    })
    const use = async (process: number, amount: number) =>
      (await (processes[process] as TollgateEngine).track(call(amount))).allowed
    const used = (amount: number) => uses.push({ atMs: nowMs, credits: amount })

    const doStep = async (one: Step) => {
      switch (one.kind) {
        case 'wait':
          return goTo(Math.max(nowMs, nextDueMs() + AFTER_DUE_MS[one.to]))
        case 'sleep':
          return goTo(nowMs + one.ms)
        case 'use': {
          const fits = one.credits <= available()
          expect(await use(one.by, one.credits)).toBe(fits)
          if (fits) used(one.credits)
          return
        }
        case 'use both': {
          const fitting = Math.min(2, Math.floor(available() / one.credits))
          const both = await Promise.all([use(0, one.credits), use(1, one.credits)])
          expect(both.filter((isAllowed) => isAllowed)).toHaveLength(fitting)
          for (let n = 0; n < fitting; n += 1) used(one.credits)
          return
        }
        case 'create again': {
          expect((await create(one.by)).replayed).toBe(true)
          return
        }
        case 'create again and use': {
          const fits = one.credits <= available()
          const [again, isAllowed] = await Promise.all([
            create(one.by),
            use(1 - one.by, one.credits),
          ])
          expect([again.replayed, isAllowed]).toEqual([true, fits])
          if (fits) used(one.credits)
          return
        }
        case 'hold and settle': {
          const fits = one.credits <= available()
          const hold = await (processes[one.by] as TollgateEngine).reserve(call(one.credits))
          expect(hold.allowed).toBe(fits)
          if (!hold.allowed) return
          const { usage } = await hold.settle({ properties: { credits: 1 } })
          used(1)
          expect(usage.remainingCredits).toBe(available())
        }
      }
    }
    const agree = async () => {
      const rest = available()
      for (const process of processes) {
        const balance = await process.grants.balance({ organizationId })
        expect([balance.available, balance.debt]).toEqual([rest, 0])
        const { limits } = await process.usage.current({ organizationId })
        expect(limits[0]?.remaining).toBe(rest)
        expect((await process.check(call(rest + 1))).allowed).toBe(false)
        if (rest > 0) expect((await process.check(call(rest))).allowed).toBe(true)
      }
    }
    await agree()
    for (const one of steps) {
      await doStep(one)
      await agree()
    }
  }

  it(
    'are all there from the instant they are due on, whoever asks or creates them when',
    async () => {
      await fc.assert(fc.asyncProperty(sequence, play), { numRuns: RUNS, endOnFailure: true })
      expect((await subject().tollgate.admin.aggregate()).differences).toEqual([])
    },
    30_000 + RUNS * 6_000,
  )
}

/** How many months after the first date the latest date is that is not after this instant. */
const cycleAt = (startMs: number, atMs: number): number => {
  let months = 0
  while (dateAfter(startMs, months + 1) <= atMs) months += 1
  return months
}

const options = { ...creditsOnly, retention: { eventsDays: 3_650, idsDays: 3_650 } }
describeEngine('credits that recur', options, promises)
describeEngine('credits that recur, on leases', { ...options, decide: 'leased' }, promises)
