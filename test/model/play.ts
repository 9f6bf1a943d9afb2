import { expect } from 'vitest'
import type { Replayable } from '../../src/contract/call.ts'
import type { Decision } from '../../src/contract/decision.ts'
import { CLOCK_TOLERANCE_MS } from '../../src/core/event-times.ts'
import type { Subject } from '../behaviour/describe-tollgate.ts'
import {
  expectNoneRaisedPast,
  expectSameDecision,
  expectStanding,
  expectVerdict,
  isOfRedis,
  levelsOf,
  type Mode,
} from './compare.ts'
import {
  type Amounts,
  GateModel,
  type ModelCall,
  type ModelHold,
  type Verdict,
} from './gate-model.ts'
import { CREDITS, limitInUnits, PLANS, unitsOf } from './model-catalog.ts'
import type { Asked, Run, Step } from './model-steps.ts'

/** An organization and its model. */
interface Game extends Subject {
  readonly mode: Mode
  readonly organizationId: string
  readonly plan: Run['plan']
  readonly model: GateModel
  readonly holds: { id: string; hold: ModelHold; kind: Asked['kind'] }[]
  readonly sent: Sent[]
}

/** A call as sent, and its answer. */
interface Sent {
  readonly verb: 'track' | 'reserve'
  readonly kind: Asked['kind']
  readonly input: ReturnType<typeof inputOf> & { readonly id?: string }
  readonly lifeMs: number
  answer?: Answered
}

type Answered = Replayable<Decision> & { readonly reservationId?: string | null }

const LIFE_MS = 60_000

/** Plays a run on the engine and on the model, and compares their answers after each step. */
export const play = async (subject: Subject, run: Run, mode: Mode): Promise<void> => {
  const { tollgate, clock } = subject
  await clock.set(run.at)
  const organizationId = await subject.organization(`model/${run.plan}`, run.startsAt)
  const model = new GateModel(
    Date.parse(run.at),
    Date.parse(run.startsAt),
    PLANS[run.plan].map(limitInUnits),
    (limit) => mode.withRedis && isOfRedis(limit),
  )
  const { plan } = run
  const game: Game = { ...subject, mode, organizationId, plan, model, holds: [], sent: [] }
  try {
    for (const step of run.steps) {
      const before = levelsOf(model)
      await (VERBS[step.do] as (game: Game, step: Step) => Promise<void>)(game, step)
      // Leased decisions are in the books from then on, and added to its rates.
      await tollgate.flush()
      model.nowMs = clock.now().getTime()
      await expectStanding(game)
      if (DECIDES.includes(step.do)) expectNoneRaisedPast(model, before)
    }
  } finally {
    if (run.steps.some((step) => step.do === 'plan')) {
      await tollgate.planRegistry.updatePlan(`model/${run.plan}`, { limits: [...PLANS[run.plan]] })
    }
  }
}

const DECIDES: readonly Step['do'][] = [
  ...(['check', 'track', 'reserve', 'together', 'again', 'extend', 'release'] as const),
]

const VERBS: {
  [Verb in Step['do']]: (game: Game, step: Step & { do: Verb }) => Promise<void>
} = {
  check: async (game, { call }) => {
    const input = inputOf(game, call)
    const decision = await game.tollgate.check(input)
    const asked = callOf(game, call.kind, input)
    expectVerdict(game, decision, game.model.check(asked), asked)
  },
  track: (game, { call }) => ask(game, newCall(game, 'track', call)),
  reserve: (game, { call, lifeMs }) => ask(game, newCall(game, 'reserve', call, lifeMs)),
  together: async (game, { calls }) => {
    const { onLeases, withRedis } = game.mode
    const all = calls.map(({ verb, call }) => {
      const one = onLeases ? (calls[0] ?? { verb, call }) : { verb, call }
      // Calls with an id are never decided on leases, and all wait in call order.
      return newCall(game, one.verb, { ...one.call, hasId: !onLeases })
    })
    const answered = await Promise.all(
      all.map(async (sent) => ({ sent, answer: await send(game, sent) })),
    )
    // A call may be decided before an earlier one: on leases, over HTTP, or if the database refuses
    // what Redis allowed. In any order, the allowed calls fit together, and the refused ones do not
    // fit in addition, because nothing is returned at one moment. Their levels are then unknown:
    // over HTTP they depend on the order, and Redis's may include a call that the database is about
    // to refuse. On leases all calls are alike, so their order shows nowhere.
    const isOrdered = !onLeases && !withRedis && game.keepsCallOrder
    const rank = ({ answer }: { answer: Answered }) => Number(!answer.allowed)
    if (!isOrdered) answered.sort((a, b) => rank(a) - rank(b))
    const isExact = isOrdered || (onLeases && !withRedis)
    for (const { sent, answer } of answered) expectAnswer(game, sent, answer, isExact)
  },
  again: async (game, { which }) => {
    const sent = chosen(
      game.sent.filter(({ input }) => input.id !== undefined),
      which,
    )
    if (!sent) return
    if (!sent.answer?.allowed) {
      const at = sent.input.timestamp
      const agoMs = at === undefined ? 0 : game.model.nowMs - Date.parse(at)
      // A call refused for its timestamp is not decided if that is long past.
      return agoMs > CLOCK_TOLERANCE_MS ? undefined : ask(game, sent)
    }
    const answer = await send(game, sent)
    game.model.touch(callOf(game, sent.kind, sent.input))
    expect(answer.replayed).toBe(true)
    // The retry repeats the database's answer, which read Redis's limits from its own books.
    const lasting = ({ decisionId, allowed, reason, credits }: Decision) => {
      return { decisionId, allowed, reason, credits }
    }
    // An extension may have moved its expiry.
    const until = { expiresAt: null, expiresInMs: null, replayed: null }
    if (game.mode.withRedis) expect(lasting(answer)).toEqual(lasting(sent.answer))
    else expect({ ...answer, ...until }).toEqual({ ...sent.answer, ...until })
  },
  record: async (game, { call }) => {
    const input = inputOf(game, call)
    await game.tollgate.record(input)
    game.model.record(callOf(game, call.kind, input))
  },
  extend: async ({ tollgate, organizationId, ...game }, { which, more, lifeMs }) => {
    const target = chosen(game.holds, which)
    if (!target) return
    const input = { quantities: more, expiresInMs: lifeMs }
    const answer = await endedOr(
      tollgate.extend({ organizationId, reservationId: target.id, ...input }),
    )
    const call = { ...target.hold.call, amounts: more }
    game.model.touch(call)
    const verdict = game.model.extend(target.hold, more, lifeMs)
    expect(answer === 'ended').toBe(verdict === undefined)
    if (answer !== 'ended' && verdict) expectVerdict(game, answer, verdict, call)
  },
  settle: async ({ tollgate, organizationId, model, holds }, { which, tokens }) => {
    const target = chosen(holds, which)
    if (!target) return
    const input = { quantities: { tokens } }
    const answer = await endedOr(
      tollgate.settle({ organizationId, reservationId: target.id, ...input }),
    )
    const amounts = { tokens, calls: 1, credits: priceOf(target.kind) }
    const settled = model.settle(target.hold, amounts)
    expect(answer === 'ended').toBe(settled === undefined)
    if (answer === 'ended' || !settled) return
    expect(answer.replayed).toBe(settled.again)
    if (!settled.again) expect(answer).toMatchObject({ state: 'settled', late: settled.late })
  },
  release: async ({ tollgate, organizationId, model, holds }, { which }) => {
    const target = chosen(holds, which)
    if (!target) return
    const { state } = await tollgate.release({ organizationId, reservationId: target.id })
    model.release(target.hold)
    expect(state).toBe(target.hold.state)
  },
  wait: ({ clock }, { ms }) => clock.advance(ms),
  override: async ({ tollgate, organizationId, model }, { limit, lifeMs }) => {
    const expiresAtMs = lifeMs === undefined ? undefined : model.nowMs + lifeMs
    await tollgate.limits.override({
      organizationId,
      ...limit,
      reason: 'model',
      ...(expiresAtMs !== undefined && { expiresAt: new Date(expiresAtMs).toISOString() }),
    })
    model.override(limitInUnits(limit), expiresAtMs)
  },
  plan: async ({ tollgate, plan, model }, { limits, existing }) => {
    await tollgate.planRegistry.updatePlan(
      `model/${plan}`,
      { limits: [...limits] },
      { applyToExisting: existing },
    )
    if (existing) model.plan = limits.map(limitInUnits)
  },
}

const newCall = (game: Game, verb: Sent['verb'], asked: Asked, lifeMs = LIFE_MS): Sent => {
  const id = `${game.organizationId}-${game.sent.length}`
  const input = { ...inputOf(game, asked), ...(asked.hasId && { id }) }
  const sent = { verb, kind: asked.kind, input, lifeMs }
  game.sent.push(sent)
  return sent
}

const ask = async (game: Game, sent: Sent): Promise<void> => {
  expectAnswer(game, sent, await send(game, sent))
}

const send = ({ tollgate }: Game, { verb, input, lifeMs }: Sent) => {
  if (verb === 'track') return tollgate.track(input)
  return tollgate.reserve({ ...input, expiresInMs: lifeMs })
}

const expectAnswer = (game: Game, sent: Sent, answer: Answered, isExact = true): void => {
  const { model } = game
  const call = callOf(game, sent.kind, sent.input)
  const verdict: Verdict & { hold?: ModelHold } =
    sent.verb === 'track' ? model.track(call) : model.reserve(call, sent.lifeMs)
  expect(answer.replayed).toBe(false)
  sent.answer = answer
  if (isExact) expectVerdict(game, answer, verdict, call)
  else expectSameDecision(answer, verdict)
  if (sent.verb === 'reserve') expect(answer.reservationId !== null).toBe(verdict.allowed)
  if (verdict.allowed && sent.input.id) expect(answer.decisionId).toBe(sent.input.id)
  if (verdict.allowed && sent.verb === 'track') {
    expect(answer.usage.usageEventId).toBe(answer.decisionId)
  }
  if (verdict.hold && answer.reservationId) {
    game.holds.push({ id: answer.reservationId, hold: verdict.hold, kind: sent.kind })
  }
}

const inputOf = (game: Game, { kind, tokens, calls, userId, agoMs }: Asked) => ({
  organizationId: game.organizationId,
  eventType: kind,
  quantities: { tokens, ...(calls !== undefined && { calls }) },
  userId,
  ...(agoMs > 0 && { timestamp: new Date(game.model.nowMs - agoMs).toISOString() }),
})

const callOf = (game: Game, kind: Asked['kind'], input: ReturnType<typeof inputOf>): ModelCall => {
  const amounts: Amounts = { calls: 1, ...input.quantities, credits: priceOf(kind) }
  const atMs = input.timestamp ? Date.parse(input.timestamp) : game.model.nowMs
  return { amounts, userId: input.userId, atMs }
}

const priceOf = (kind: Asked['kind']): number => unitsOf('credits', CREDITS[kind])

const chosen = <Item>(list: readonly Item[], which: number): Item | undefined =>
  list[which % Math.max(list.length, 1)]

const endedOr = <Value>(answer: Promise<Value>): Promise<Value | 'ended'> =>
  answer.catch((error: { code?: string }) => {
    if (error.code === 'reservation_ended') return 'ended' as const
    throw error
  })
