import fc from 'fast-check'
import { expect, it } from 'vitest'
import { describeTollgate, type Subject } from '../behaviour/describe-tollgate.ts'
import { GateModel } from './gate-model.ts'

const RUNS = 25
const MAX_STEPS = 40

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('track'), tokens: fc.integer({ min: 0, max: 4_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('record'), tokens: fc.integer({ min: 0, max: 4_000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reserve'),
      tokens: fc.integer({ min: 1, max: 6_000 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('extend'), tokens: fc.integer({ min: 1, max: 3_000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('settle'), tokens: fc.integer({ min: 0, max: 7_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release'), tokens: fc.constant(0) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      tokens: fc.constantFrom(1, 20, 61, 600, 7_200, 90_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('override'),
      tokens: fc.integer({ min: 0, max: 30_000 }),
    }),
  },
)
type Step = { do: string; tokens: number }

/** Plays the steps on the engine and on the model, and compares after each. */
const play = async ({ tollgate, clock, organization }: Subject, steps: readonly Step[]) => {
  const organizationId = await organization('rag-chatbot/trial', clock.now().toISOString())
  const nowMs = () => clock.now().getTime()
  const model = new GateModel(nowMs(), nowMs(), [
    { meter: 'tokens', window: 'day', max: 10_000, behavior: 'hard' },
    { meter: 'api_calls', window: 'minute', max: 30, behavior: 'hard' },
    { meter: 'chat_messages', window: 'day', max: 100, behavior: 'hard' },
  ])
  const holds: { id: string; hold: ReturnType<GateModel['reserve']> & object }[] = []
  const chat = { organizationId, eventType: 'chat_message' }
  for (const { do: verb, tokens } of steps) {
    model.nowMs = nowMs()
    const amounts = { tokens, api_calls: 1, chat_messages: 1 }
    const target = holds[tokens % Math.max(holds.length, 1)]
    if (verb === 'wait') await clock.advance(tokens * 1_000)
    else if (verb === 'track') {
      const { value } = await tollgate.track({ ...chat, quantities: { tokens } })
      expect(value.allowed).toBe(model.track(amounts))
    } else if (verb === 'record') {
      await tollgate.record({ ...chat, quantities: { tokens } })
      model.record(amounts)
    } else if (verb === 'reserve') {
      const { value } = await tollgate.reserve({
        ...chat,
        estimate: { tokens },
        expiresInMs: 60_000,
      })
      const hold = model.reserve(amounts, 60_000)
      expect(value.allowed).toBe(hold !== undefined)
      if (hold && value.reservationId) holds.push({ id: value.reservationId, hold })
    } else if (verb === 'extend' && target) {
      const ended = tollgate
        .extend(organizationId, target.id, { quantities: { tokens }, expiresInMs: 60_000 })
        .then((answer) => answer.allowed)
        .catch(() => false)
      expect(await ended).toBe(model.extend(target.hold, { tokens }, 60_000))
    } else if (verb === 'settle' && target) {
      await tollgate.settle(organizationId, target.id, { quantities: { tokens } }).catch(() => {})
      model.settle(target.hold, amounts)
    } else if (verb === 'release' && target) {
      const state = await tollgate.release(organizationId, target.id)
      model.release(target.hold)
      expect(state.state).toBe(target.hold.state)
    } else if (verb === 'override') {
      const limit = { meter: 'tokens', window: 'day', max: tokens, behavior: 'hard' } as const
      await tollgate.limits.override(organizationId, { ...limit, reason: 'model' })
      model.override(limit)
    }
    model.nowMs = nowMs()
    const { limits } = await tollgate.current(organizationId)
    for (const limit of model.limits) {
      const stands = limits.find((one) => one.meter === limit.meter && one.window === limit.window)
      expect((stands?.used ?? 0) + (stands?.held ?? 0)).toBe(model.level(limit, model.nowMs))
    }
  }
}

describeTollgate('the gate, beside a model in plain TypeScript', (subject) => {
  it('decides as the model does, and stands where it stands after each step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: MAX_STEPS }), (steps) =>
        play(subject(), steps),
      ),
      { numRuns: RUNS },
    )
    expect((await subject().tollgate.aggregate()).differences).toEqual([])
  }, 120_000)
})
