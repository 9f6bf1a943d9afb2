import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Subject } from '../behaviour/describe-tollgate.ts'
import { describeAtLength } from '../behaviour/describe-tollgate.ts'
import { times } from '../setup/form.ts'
import { BudgetsModel, depthOf, type ModelBudget, type ModelHold } from './budgets-model.ts'

/** Runs on each substrate; raise it to search longer. */
const RUNS = times('TOLLGATE_BUDGETS_RUNS', { short: 4, long: 12 })
const MS_A_RUN = 5_000
const HOLD_MS = 90_000

/** A call names its budget by index among the existing ones. */
const call = fc.record({
  at: fc.nat(4),
  verb: fc.constantFrom('track', 'reserve'),
  units: fc.integer({ min: 0, max: 60 }),
  final: fc.boolean(),
})
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ calls: fc.array(call, { minLength: 1, maxLength: 5 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ settle: fc.nat(9), units: fc.integer({ min: 0, max: 70 }) }),
  },
  { weight: 1, arbitrary: fc.record({ release: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({ extend: fc.nat(9), units: fc.integer({ min: 1, max: 40 }) }),
  },
  { weight: 1, arbitrary: fc.record({ advance: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 2, arbitrary: fc.record({ close: fc.nat(9) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      open: fc.nat(9),
      ceiling: fc.integer({ min: 0, max: 150 }),
      allotted: fc.boolean(),
      share: fc.constantFrom(0, 0.05, 0.3),
      idleMs: fc.constantFrom(100_000, 3_600_000),
      endsInMs: fc.constantFrom(200_000, 3_600_000),
    }),
  },
  // Concurrent: open holds end while others call.
  { weight: 2, arbitrary: fc.record({ storm: fc.array(call, { minLength: 2, maxLength: 5 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

/** Every order of a few items: 120 for five. The given order comes first. */
const ordersOf = <One>(all: readonly One[]): One[][] =>
  all.length === 0
    ? [[]]
    : all.flatMap((first, place) =>
        ordersOf(all.toSpliced(place, 1)).map((rest) => [first, ...rest]),
      )

/** Plays steps on the engine and on the model, and compares their answers and states. */
const play = async (subject: Subject, ceiling: number, steps: readonly Step[]) => {
  const { tollgate, clock, organization } = subject
  const organizationId = await organization('rag-chatbot/enterprise')
  const model = new BudgetsModel(clock.now().getTime())
  const ids = new Map<ModelHold, string>()
  let mayPass = false
  const pick = <One>(list: readonly One[], at: number): One | undefined => list[at % list.length]
  const budgetAt = (at: number) => pick(model.budgets, at) as ModelBudget

  const open = async (at: number | undefined, terms: Extract<Step, { open: number }>) => {
    const { ceiling: most, allotted, share: finalShare, idleMs, endsInMs } = terms
    const within = at === undefined ? undefined : budgetAt(at)
    const id = `b-${model.budgets.length}-${Math.round(model.nowMs)}-${organizationId}`
    const endsAtMs = model.nowMs + endsInMs
    if (within && depthOf(within) >= 5) return
    const opened = model.open(id, {
      within,
      ceiling: most,
      allotted: allotted && within !== undefined,
      idleMs,
      endsAtMs,
      share: finalShare,
    })
    const answer = tollgate.budgets.open({
      organizationId,
      id,
      ceiling: { tokens: most },
      finalShare,
      idleMs,
      endsAt: new Date(endsAtMs),
      ...(within && { within: within.id, allot: allotted }),
    })
    if (opened) expect(await answer).toMatchObject({ state: 'open' })
    else await expect(answer).rejects.toMatchObject({ code: 'unprocessable' })
  }

  const ask = async ({
    at,
    verb,
    units,
    final,
  }: typeof call extends fc.Arbitrary<infer One> ? One : never) => {
    const asked = {
      organizationId,
      eventType: 'chat_message',
      budget: budgetAt(at).id,
      final,
      quantities: { tokens: units },
    }
    if (verb === 'track') return tollgate.track(asked)
    return tollgate.reserve({ ...asked, expiresInMs: HOLD_MS })
  }
  type Answer = Awaited<ReturnType<typeof ask>>
  const admit = (one: Parameters<typeof ask>[0], answer: Answer) => {
    const budget = budgetAt(one.at)
    if (one.verb === 'track') model.use(budget, one.units)
    else if ('reservationId' in answer && answer.reservationId !== null) {
      const hold = model.hold(budget, one.units, one.final, model.nowMs + HOLD_MS)
      ids.set(hold, answer.reservationId as string)
    }
  }
  const verdictOf = ({ allowed, reason }: Answer) => (allowed ? 'allowed' : reason)
  type Asked = { call: Parameters<typeof ask>[0]; answer: Answer }
  /** The model's answers to calls decided in this order, returned in call order. */
  const verdictsIn = (order: readonly Asked[], asked: readonly Asked[]) =>
    model.supposing(() => {
      const verdicts = new Map<Asked, string>()
      for (const one of order) {
        const { at, verb, units, final } = one.call
        const [budget, needed] = [budgetAt(at), verb === 'reserve' ? Math.max(1, units) : units]
        const verdict = model.verdict(budget, needed, final)
        if (verdict === 'allowed') model.use(budget, units)
        verdicts.set(one, verdict)
      }
      return asked.map((one) => verdicts.get(one))
    })
  const settle = (hold: ModelHold, units: number) =>
    tollgate.settle({
      organizationId,
      reservationId: ids.get(hold) as string,
      quantities: { tokens: units },
    })

  const does = async (one: Step): Promise<void> => {
    if ('advance' in one) {
      model.nowMs += one.advance * 1_000
      await clock.advance(one.advance * 1_000)
    } else if ('open' in one) await open(one.open, one)
    else if ('close' in one) {
      model.close(budgetAt(one.close), 'closed')
      await tollgate.budgets.close({ organizationId, budgetId: budgetAt(one.close).id })
    } else if ('calls' in one) {
      // Concurrent calls are decided one after the other, in no promised order.
      const answers = await Promise.all(one.calls.map(ask))
      const asked = one.calls.map((call, place) => ({ call, answer: answers[place] as Answer }))
      const verdicts = asked.map(({ answer }) => verdictOf(answer))
      expect(ordersOf(asked).map((order) => verdictsIn(order, asked))).toContainEqual(verdicts)
      for (const { call, answer } of asked) if (answer.allowed) admit(call, answer)
    } else if ('storm' in one) {
      const ending = model.holds.filter(({ state }) => state === 'held').slice(0, 3)
      const [answers] = await Promise.all([
        Promise.all(one.storm.map(ask)),
        ...ending.map((hold) => settle(hold, Math.floor(hold.units / 2))),
      ])
      for (const hold of ending) model.end(hold, 'settled', Math.floor(hold.units / 2))
      for (const [place, asked] of one.storm.entries()) {
        const answer = answers[place] as Answer
        if (answer.allowed) admit(asked, answer)
      }
    } else {
      const open = model.holds.filter(({ state }) => state === 'held' || state === 'expired')
      const at = 'settle' in one ? one.settle : 'release' in one ? one.release : one.extend
      const hold = pick(open, at)
      if (!hold) return
      const reservationId = ids.get(hold) as string
      if ('settle' in one) {
        const { late } = await settle(hold, one.units)
        expect(late).toBe(hold.state === 'expired')
        // The only ways past a ceiling.
        if (late || one.units > hold.units) mayPass = true
        model.end(hold, 'settled', one.units)
      } else if (hold.state === 'expired') return
      else if ('release' in one) {
        await tollgate.release({ organizationId, reservationId })
        model.end(hold, 'released', 0)
      } else {
        const quantities = { tokens: one.units }
        const asked = { organizationId, reservationId, quantities, expiresInMs: HOLD_MS }
        const answer = await tollgate.extend(asked)
        expect(verdictOf(answer)).toBe(model.verdict(hold.budget, one.units, hold.final))
        if (answer.allowed) model.extend(hold, one.units, model.nowMs + HOLD_MS)
      }
    }
  }

  const stands = async () => {
    const found = new Map<string, object>()
    for await (const one of tollgate.budgets.list({ organizationId })) found.set(one.id, one)
    for (const budget of model.budgets) {
      const [used, held] = [model.used(budget), model.held(budget)]
      const levels = { ceiling: budget.ceiling, used, held }
      expect(found.get(budget.id)).toMatchObject({
        endedBy: budget.endedBy ?? null,
        meters: { tokens: levels },
      })
      if (!mayPass) expect(used + held).toBeLessThanOrEqual(budget.ceiling)
    }
  }

  await open(undefined, {
    open: 0,
    ceiling,
    allotted: false,
    share: 0.3,
    idleMs: 3_600_000,
    endsInMs: 3_600_000,
  })
  // One that shares the rest, and one with an allotted part.
  const inner = {
    open: 0,
    ceiling: 100,
    share: 0.05,
    idleMs: 100_000,
    endsInMs: 3_600_000,
  } as const
  await open(0, { ...inner, allotted: false })
  await open(0, { ...inner, allotted: true })
  for (const one of steps) {
    model.catchUp()
    await does(one)
    model.catchUp()
    await stands()
  }
}

describeAtLength('budgets compared with a model in plain TypeScript', (subject) => {
  it(
    'allow what the model allows, and have its state after each step',
    async () => {
      const steps = fc.array(step, { minLength: 15, maxLength: 40, size: 'max' })
      const property = fc.asyncProperty(fc.integer({ min: 0, max: 400 }), steps, (ceiling, some) =>
        play(subject(), ceiling, some),
      )
      // A failure is reported in time, however far it was minimized.
      const interrupt = { interruptAfterTimeLimit: RUNS * MS_A_RUN, markInterruptAsFailure: true }
      await fc.assert(property, { numRuns: RUNS, ...interrupt })
      const { differences } = await subject().tollgate.admin.aggregate()
      expect(differences).toEqual([])
    },
    30_000 + RUNS * MS_A_RUN,
  )
})
