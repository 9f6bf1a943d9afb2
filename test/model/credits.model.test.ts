import fc from 'fast-check'
import { expect, it } from 'vitest'
import { windowEnd, windowStart } from '../../src/core/windows.ts'
import { creditsOnly } from '../behaviour/credits-catalog.ts'
import { describeInProcess, type Subject } from '../behaviour/describe-tollgate.ts'
import { times } from '../setup/form.ts'
import { CreditsModel, type ModelGrant } from './credits-model.ts'

const RUNS = times('MODEL_RUNS', { short: 6, long: 25 })
const START = Date.parse('2026-03-10T12:00:00Z')
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const spent = fc.integer({ min: 1, max: 40 })
/** Something kept from before, by its place. */
const place = fc.nat(5)

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('use' as const), credits: spent }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('give' as const),
      credits: fc.integer({ min: 1, max: 60 }),
      priority: fc.constantFrom(1, 100, 100, 200),
      lifeMs: fc.option(fc.constantFrom(5 * MINUTE_MS, DAY_MS, 20 * DAY_MS), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('hold' as const), credits: spent }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('settle' as const), place, credits: fc.nat(80) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reverse' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('late' as const), credits: spent }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('plan' as const),
      plan: fc.constantFrom('hundred' as const, 'prepaid' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      ms: fc.constantFrom(4 * MINUTE_MS, 6 * MINUTE_MS, DAY_MS, 9 * DAY_MS),
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Of> ? Of : never

const ALLOWANCE = { hundred: 100, prepaid: 0 }
const HOUR_MS = 60 * MINUTE_MS

/** An organization and its model, played side by side. */
const play = async (subject: Subject, steps: readonly Step[]) => {
  const { tollgate, clock } = subject
  await clock.set(new Date(START).toISOString())
  const id = await subject.organization('hundred', '2026-02-12T00:00:00Z')
  const anchorMs = Date.parse('2026-02-12T00:00:00Z')
  const model = new CreditsModel(100, (atMs) => {
    const startMs = windowStart('period', atMs, anchorMs)
    return { startMs, endMs: windowEnd('period', startMs, anchorMs) }
  })
  const ids = new Map<ModelGrant, string>()
  const holds: { id: string; credits: number; atMs: number; endsMs: number }[] = []
  const uses: { id: string; credits: number; atMs: number }[] = []
  let nowMs = START
  let made = 0
  const call = (credits: number, more: object = {}) => ({
    ...{ organizationId: id, eventType: 'spend', properties: { credits }, ...more },
  })
  /** Holds end at their time, before anything else happens. */
  const expireHolds = () => {
    for (const hold of holds.filter(({ endsMs }) => endsMs <= nowMs)) {
      holds.splice(holds.indexOf(hold), 1)
      model.move(hold.atMs, -hold.credits, nowMs)
    }
  }
  const use = async (credits: number, atMs: number) => {
    made += 1
    const useId = `use-${made}`
    const past = atMs < nowMs && { timestamp: new Date(atMs), backfill: true }
    const input = call(credits, { id: useId, ...past })
    const fits = credits <= model.available(atMs, nowMs)
    const decision = await tollgate.track(input)
    expect(decision.allowed).toBe(fits)
    if (!fits) return
    model.move(atMs, credits, nowMs)
    uses.push({ id: useId, credits, atMs })
  }
  const doStep = async (one: Step) => {
    switch (one.kind) {
      case 'use':
        return use(one.credits, nowMs)
      case 'late':
        return use(one.credits, nowMs - 12 * DAY_MS)
      case 'give': {
        const expiresAtMs = one.lifeMs === undefined ? undefined : nowMs + one.lifeMs
        const { grant: made } = await tollgate.grants.create({
          organizationId: id,
          ...{ credits: one.credits, priority: one.priority, reason: 'model' },
          ...(expiresAtMs !== undefined && { expiresAt: new Date(expiresAtMs) }),
        })
        const grant = {
          id: model.grants.length,
          priority: one.priority,
          startsAtMs: nowMs,
          expiresAtMs,
        }
        model.give({ ...grant, credits: one.credits }, nowMs)
        ids.set(model.grants.at(-1) as ModelGrant, made?.id as string)
        return
      }
      case 'hold': {
        const fits = one.credits <= model.available(nowMs, nowMs)
        const answer = await tollgate.reserve(call(one.credits, { expiresInMs: HOUR_MS }))
        expect(answer.allowed).toBe(fits)
        if (!answer.allowed) return
        model.move(nowMs, one.credits, nowMs)
        const endsMs = Date.parse(answer.expiresAt)
        holds.push({ id: answer.reservationId, credits: one.credits, atMs: nowMs, endsMs })
        return
      }
      case 'settle': {
        const [hold] = holds.splice(one.place % Math.max(1, holds.length), 1)
        if (!hold) return
        await tollgate.settle({
          organizationId: id,
          reservationId: hold.id,
          properties: { credits: one.credits },
        })
        model.move(hold.atMs, one.credits - hold.credits, nowMs)
        return
      }
      case 'release': {
        const [hold] = holds.splice(one.place % Math.max(1, holds.length), 1)
        if (!hold) return
        await tollgate.release({ organizationId: id, reservationId: hold.id })
        model.move(hold.atMs, -hold.credits, nowMs)
        return
      }
      case 'reverse': {
        const [used] = uses.splice(one.place % Math.max(1, uses.length), 1)
        if (!used) return
        await tollgate.reverse({ organizationId: id, eventId: used.id, reason: 'model' })
        model.move(used.atMs, -used.credits, nowMs)
        return
      }
      case 'end': {
        const grant = model.grants.filter(({ ended }) => !ended)[one.place]
        if (!grant) return
        await tollgate.grants.end({ organizationId: id, grantId: ids.get(grant) as string })
        model.end(grant)
        return
      }
      case 'plan': {
        await tollgate.organizations.update({ organizationId: id, plan: one.plan })
        model.allowance = ALLOWANCE[one.plan]
        return
      }
      case 'wait': {
        nowMs += one.ms
        await clock.set(new Date(nowMs).toISOString())
        return
      }
    }
  }
  for (const one of steps) {
    expireHolds()
    await doStep(one)
  }
  expireHolds()
  // A call that asks for nothing brings the books up to this instant.
  await tollgate.track(call(0))
  model.move(nowMs, 0, nowMs)
  const balance = await tollgate.grants.balance({ organizationId: id })
  expect(balance.grants.map(({ remaining }) => remaining)).toEqual(model.usableLeft(nowMs))
  expect(balance.debt).toBe(model.debt)
  expect(balance.allowance?.remaining).toBe(model.planLeft(nowMs))
}

describeInProcess(
  'credits, beside a model in plain TypeScript',
  (subject) => {
    it('go as the model says, in any order of grants, uses, expiries, settles and reversals', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) =>
          play(subject(), steps),
        ),
        { numRuns: RUNS },
      )
    })

    it('leave books that agree with their journal', async () => {
      expect((await subject().tollgate.admin.aggregate()).differences).toEqual([])
    })
  },
  creditsOnly,
)
