import fc from 'fast-check'
import { expect } from 'vitest'
import { windowEnd, windowStart } from '../../src/core/windows.ts'
import type { Subject } from '../behaviour/describe-tollgate.ts'
import { CreditsModel, type ModelGrant } from './credits-model.ts'

const START = Date.parse('2026-03-10T12:00:00Z')
const ANCHOR = '2026-02-12T00:00:00Z'
const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const PLANS = {
  hundred: { allowance: 100, charges: false },
  prepaid: { allowance: 0, charges: false },
  charging: { allowance: 100, charges: true },
}

const spent = fc.integer({ min: 1, max: 40 })
/** An earlier object, by its index. */
const place = fc.nat(5)
const kindOf = <Kind extends string>(kind: Kind) => ({ kind: fc.constant(kind) })

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ ...kindOf('use'), credits: spent }) },
  {
    weight: 3,
    arbitrary: fc.record({
      ...kindOf('give'),
      credits: fc.integer({ min: 1, max: 60 }),
      priority: fc.constantFrom(1, 100, 100, 200),
      lifeMs: fc.option(fc.constantFrom(5 * MINUTE_MS, DAY_MS, 20 * DAY_MS), { nil: undefined }),
      inMs: fc.constantFrom(0, 0, 0, HOUR_MS, 3 * DAY_MS),
      twice: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      ...kindOf('giveAgain'),
      credits: fc.integer({ min: 5, max: 60 }),
      priority: fc.constantFrom(1, 100, 200),
      /** Recorded late, on time, or early. */
      inMs: fc.constantFrom(-70 * DAY_MS, -6 * MINUTE_MS, 0, 0, 4 * MINUTE_MS, 5 * DAY_MS),
      rolloverMax: fc.constantFrom(0, 0, 20),
    }),
  },
  { weight: 2, arbitrary: fc.record({ ...kindOf('hold'), credits: spent }) },
  { weight: 2, arbitrary: fc.record({ ...kindOf('settle'), place, credits: fc.nat(80) }) },
  { weight: 1, arbitrary: fc.record({ ...kindOf('release'), place }) },
  { weight: 2, arbitrary: fc.record({ ...kindOf('reverse'), place }) },
  { weight: 1, arbitrary: fc.record({ ...kindOf('end'), place }) },
  { weight: 1, arbitrary: fc.record({ ...kindOf('endSeries'), place }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...kindOf('record'),
      credits: fc.integer({ min: 1, max: 150 }),
      ageMs: fc.constantFrom(0, 12 * DAY_MS, 100 * DAY_MS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      ...kindOf('plan'),
      plan: fc.constantFrom('hundred' as const, 'prepaid' as const, 'charging' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ ...kindOf('pause') }) },
  {
    weight: 5,
    arbitrary: fc.record({
      ...kindOf('wait'),
      ms: fc.constantFrom(4 * MINUTE_MS, 6 * MINUTE_MS, DAY_MS, 9 * DAY_MS, 31 * DAY_MS),
    }),
  },
)
export type CreditsStep = typeof step extends fc.Arbitrary<infer Of> ? Of : never

/** The acts of and for one organization; at the end it may be closed. */
export const creditsSequence = (longest: number) =>
  fc.record({
    steps: fc.array(step, { minLength: longest / 3, maxLength: longest }),
    isClosed: fc.boolean(),
  })

/** An organization and its model, played together; after each step they must agree. */
export const playCredits = async (
  subject: Subject,
  { steps, isClosed }: { readonly steps: readonly CreditsStep[]; readonly isClosed: boolean },
): Promise<void> => {
  const { tollgate, clock } = subject
  await clock.set(new Date(START).toISOString())
  const id = await subject.organization('hundred', ANCHOR)
  const anchorMs = Date.parse(ANCHOR)
  const model = new CreditsModel(PLANS.hundred, START, (atMs) => {
    const startMs = windowStart('period', atMs, anchorMs)
    return { startMs, endMs: windowEnd('period', startMs, anchorMs) }
  })
  const holdIds = new Map<(typeof model.holds)[number], string>()
  const uses: { id: string; credits: number; atMs: number }[] = []
  let nowMs = START
  let made = 0
  const call = (credits: number, more: object = {}) => ({
    organizationId: id,
    eventType: 'spend',
    properties: { credits },
    ...more,
  })
  const fits = (credits: number, atMs = nowMs) =>
    model.isOpen &&
    (model.terms.charges || credits <= model.available(atMs, nowMs) || credits === 0)
  const doStep = async (one: CreditsStep) => {
    made += 1
    switch (one.kind) {
      case 'use': {
        const useId = `use-${id}-${made}`
        const decision = await tollgate.track(call(one.credits, { id: useId }))
        expect(decision.allowed).toBe(fits(one.credits))
        if (!decision.allowed) return
        model.move(nowMs, one.credits, nowMs)
        uses.push({ id: useId, credits: one.credits, atMs: nowMs })
        expect(decision.usage.remainingCredits).toBe(Math.max(0, model.available(nowMs, nowMs)))
        return
      }
      case 'record': {
        if (!model.isOpen) return
        const recordId = `told-${id}-${made}`
        const atMs = Math.max(nowMs - one.ageMs, anchorMs)
        const event = call(one.credits, { id: recordId, timestamp: new Date(atMs) })
        expect(await tollgate.record(event, { backfill: true })).toMatchObject({ accepted: 1 })
        model.move(atMs, one.credits, nowMs)
        uses.push({ id: recordId, credits: one.credits, atMs })
        return
      }
      case 'give': {
        const startsAtMs = nowMs + one.inMs
        const expiresAtMs = one.lifeMs === undefined ? undefined : startsAtMs + one.lifeMs
        const wanted = {
          organizationId: id,
          credits: one.credits,
          priority: one.priority,
          reason: 'model',
          id: `order-${id}-${made}`,
          ...(one.inMs > 0 && { startsAt: new Date(startsAtMs) }),
          ...(expiresAtMs !== undefined && { expiresAt: new Date(expiresAtMs) }),
        }
        const { grant } = await tollgate.grants.create(wanted)
        if (one.twice) expect((await tollgate.grants.create(wanted)).replayed).toBe(true)
        const { credits, priority } = one
        const given = { id: grant?.id as string, priority, startsAtMs, expiresAtMs, credits }
        model.give(given, nowMs)
        return
      }
      case 'giveAgain': {
        const startsAtMs = nowMs + one.inMs
        const { credits, priority, rolloverMax } = one
        const { series } = await tollgate.grants.create({
          organizationId: id,
          credits,
          priority,
          rolloverMax,
          reason: 'model',
          everyMonths: 1,
          startsAt: new Date(startsAtMs),
        })
        const seriesId = series?.id as string
        model.giveAgain({ id: seriesId, credits, priority, rolloverMax, startsAtMs }, nowMs)
        return
      }
      case 'hold': {
        const answer = await tollgate.reserve(call(one.credits, { expiresInMs: HOUR_MS }))
        expect(answer.allowed).toBe(fits(one.credits))
        if (!answer.allowed) return
        const endsMs = Date.parse(answer.expiresAt)
        const hold = { credits: one.credits, atMs: nowMs, endsMs }
        model.hold(hold, nowMs)
        holdIds.set(hold, answer.reservationId)
        return
      }
      case 'settle': {
        const hold = model.holds[one.place % Math.max(1, model.holds.length)]
        // An object begun at a pause's exact instant counts as begun after it.
        if (!hold || hold.atMs === model.pausedAtMs) return
        const settled = await tollgate.settle({
          organizationId: id,
          reservationId: holdIds.get(hold) as string,
          properties: { credits: one.credits },
        })
        model.release(hold, nowMs, one.credits)
        expect(settled.usage.remainingCredits).toBe(Math.max(0, model.available(nowMs, nowMs)))
        return
      }
      case 'release': {
        const hold = model.holds[one.place % Math.max(1, model.holds.length)]
        if (!hold) return
        const reservationId = holdIds.get(hold) as string
        const released = await tollgate.release({ organizationId: id, reservationId })
        model.release(hold, nowMs)
        expect(released.usage.remainingCredits).toBe(Math.max(0, model.available(nowMs, nowMs)))
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
        await tollgate.grants.end({ organizationId: id, grantId: grant.id })
        model.end(grant as ModelGrant)
        return
      }
      case 'endSeries': {
        const series = model.series.filter(({ ended }) => !ended)[one.place]
        if (!series) return
        await tollgate.grants.end({ organizationId: id, grantId: series.id })
        series.ended = true
        return
      }
      case 'plan': {
        await tollgate.organizations.update({ organizationId: id, plan: one.plan })
        if (model.terms !== PLANS[one.plan]) model.change(PLANS[one.plan], nowMs)
        return
      }
      case 'pause': {
        const isPaused = model.pausedAtMs !== undefined
        if (isPaused) await tollgate.subscriptions.resume({ organizationId: id })
        else await tollgate.subscriptions.pause({ organizationId: id })
        model.pausedAtMs = isPaused ? undefined : nowMs
        return
      }
      case 'wait': {
        nowMs += one.ms
        await clock.set(new Date(nowMs).toISOString())
        model.advance(nowMs)
        return
      }
    }
  }
  for (const one of steps) {
    await doStep(one)
    await expectAgreement(subject, id, model, nowMs)
  }
  if (!isClosed) return
  await tollgate.organizations.close({ organizationId: id })
  model.closedAtMs = nowMs
  await doStep({ kind: 'wait', ms: 31 * DAY_MS })
  await doStep({ kind: 'wait', ms: 31 * DAY_MS })
  await expectAgreement(subject, id, model, nowMs)
}

/** Compares gate, balance, journal and books with the model. */
const expectAgreement = async (
  { tollgate, db }: Subject,
  id: string,
  model: CreditsModel,
  nowMs: number,
) => {
  const available = model.available(nowMs, nowMs)
  const balance = await tollgate.grants.balance({ organizationId: id })
  expect({
    available: balance.available,
    debt: balance.debt,
    grants: balance.grants.map(({ remaining }) => remaining),
    granted: balance.granted,
    plan: balance.allowance?.remaining,
  }).toEqual({
    available,
    debt: model.debt,
    grants: model.usableLeft(nowMs),
    granted: model.usableLeft(nowMs).reduce((sum, left) => sum + left, 0),
    plan: model.planLeft(nowMs, nowMs),
  })
  const { limits } = await tollgate.usage.current({ organizationId: id })
  expect(limits[0]?.remaining).toBe(Math.max(0, available))
  if (model.isOpen && !model.terms.charges) {
    const most = Math.max(0, available)
    const asked = { organizationId: id, eventType: 'spend' }
    const more = await tollgate.check({ ...asked, properties: { credits: most + 1 } })
    expect(more.allowed).toBe(false)
    if (most > 0) {
      expect(await tollgate.check({ ...asked, properties: { credits: most } })).toMatchObject({
        allowed: true,
        remaining: 0,
      })
    }
  }
  const [journal] = await db.query<{ owed: bigint; granted: bigint }>(
    `select coalesce(-sum(units) filter (where account = 'owed'), 0)::bigint as owed,
            coalesce(sum(units) filter (where account = 'grant'), 0)::bigint as granted
     from tollgate.credit_entries where organization_id = $1`,
    [id],
  )
  expect(journal?.owed).toBe(BigInt(model.debt) * 1_000_000n)
  const inGrants = model.grants.reduce((sum, { left }) => sum + left, 0)
  expect(journal?.granted).toBe(BigInt(inGrants) * 1_000_000n)
  const differing = 'select * from tollgate.differing_credits() where organization_id = $1'
  expect(await db.query(differing, [id])).toEqual([])
}
