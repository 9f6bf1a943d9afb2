import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { windowStart } from '../../src/core/windows.ts'
import { describeEngine, type EngineSubject } from './describe-engine.ts'
import { metersOnly } from './meters-catalog.ts'

/** Earlier than all use in these tests; on the same day of the month as their first. */
const LONG_AGO = '2025-01-10T12:00:00Z'

describeEngine('meters', metersOnly, (subject) => {
  const ask = async (event: {
    organizationId: string
    eventType: string
    [more: string]: unknown
  }) => (await subject().tollgate.track(event)).allowed

  /** The levels of a meter in the current windows. */
  const level = async (organizationId: string, limit: string) => {
    const { limits } = await subject().tollgate.usage.current({ organizationId })
    return limits.find((one) => one.limit === limit)?.used
  }

  describe('max', () => {
    const load = (organizationId: string, peak: number) => ({
      organizationId,
      eventType: 'load',
      quantities: { peak },
    })

    it('is refused only above its limit, and only if the call raises it', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('small', LONG_AGO)
      expect(await ask(load(id, 11))).toBe(false)
      expect(await ask(load(id, 10))).toBe(true)
      expect(await ask(load(id, 10))).toBe(true)
      expect(await ask(load(id, 3))).toBe(true)
      expect(await level(id, 'peak/day')).toBe(10)
      await tollgate.record(load(id, 15))
      expect(await ask(load(id, 15))).toBe(true)
      expect(await ask(load(id, 16))).toBe(false)
    })

    it('of a month is the largest of its days, never their sum', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('free', LONG_AGO)
      await tollgate.record([
        { ...load(id, 4), timestamp: '2026-03-08T10:00:00Z' },
        { ...load(id, 9), timestamp: '2026-03-09T10:00:00Z' },
        { ...load(id, 7), timestamp: '2026-03-10T10:00:00Z' },
      ])
      expect((await tollgate.usage.current({ organizationId: id })).month.meters).toEqual({
        peak: 9,
      })
    })
  })

  describe('count', () => {
    it('allows exactly as many concurrent calls as fit', async () => {
      const { organization } = subject()
      const id = await organization('small', LONG_AGO)
      const answers = await Promise.all(
        Array.from({ length: 70 }, () => ask({ organizationId: id, eventType: 'work' })),
      )
      expect(answers.filter((allowed) => allowed)).toHaveLength(50)
      expect(await level(id, 'calls/minute')).toBe(50)
    })

    it("adds a call's own amount instead of its type's amount", async () => {
      const { organization } = subject()
      const id = await organization('small', LONG_AGO)
      const calls = (count: number) =>
        ask({ organizationId: id, eventType: 'work', quantities: { calls: count } })
      expect(await calls(51)).toBe(false)
      expect(await calls(49)).toBe(true)
      expect(await calls(2)).toBe(false)
      expect(await calls(1)).toBe(true)
    })
  })

  it('are decided to the last decimal of fractional units', async () => {
    const { organization } = subject()
    const id = await organization('small', LONG_AGO)
    const hours = (amount: number) =>
      ask({ organizationId: id, eventType: 'work', quantities: { hours: amount } })
    expect(await hours(1.51)).toBe(false)
    expect(await hours(1.49)).toBe(true)
    expect(await hours(0.02)).toBe(false)
    expect(await hours(0.01)).toBe(true)
  })

  describe('unique', () => {
    const visit = (organizationId: string, userId: string, timestamp?: string) => ({
      organizationId,
      eventType: 'visit',
      userId,
      timestamp,
    })

    it('counts a value once per window, and refuses only new values at the limit', async () => {
      const { organization } = subject()
      const id = await organization('small', LONG_AGO)
      for (const user of ['a', 'b', 'a', 'c', 'b']) expect(await ask(visit(id, user))).toBe(true)
      expect(await ask(visit(id, 'd'))).toBe(false)
      expect(await ask(visit(id, 'a'))).toBe(true)
      expect(await level(id, 'visitors/day')).toBe(3)
    })

    it('of a month counts a value of two days once', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('free', LONG_AGO)
      await tollgate.record([
        visit(id, 'a', '2026-03-08T10:00:00Z'),
        visit(id, 'b', '2026-03-08T11:00:00Z'),
        visit(id, 'b', '2026-03-09T10:00:00Z'),
        visit(id, 'c', '2026-03-09T10:00:00Z'),
      ])
      expect((await tollgate.usage.current({ organizationId: id })).month.meters).toEqual({
        visitors: 3,
      })
    })

    it('refuses a new value at the limit, even if two concurrent calls send it', async () => {
      const { organization } = subject()
      const id = await organization('small', LONG_AGO)
      for (const user of ['a', 'b', 'c']) await ask(visit(id, user))
      const answers = await Promise.all(['d', 'd', 'a', 'd'].map((user) => ask(visit(id, user))))
      expect(answers).toEqual([false, false, true, false])
      expect(await level(id, 'visitors/day')).toBe(3)
    })

    it('allows the last new value in every concurrent call that sends it', async () => {
      const { organization } = subject()
      const id = await organization('small', LONG_AGO)
      for (const user of ['a', 'b']) await ask(visit(id, user))
      const answers = await Promise.all(['c', 'd', 'c', 'd'].map((user) => ask(visit(id, user))))
      expect(answers).toEqual([true, false, true, false])
      expect(await level(id, 'visitors/day')).toBe(3)
    })

    it.each(['hour', 'period'] as const)(
      'knows earlier values when a limit per %s is set',
      async (window) => {
        const { tollgate, organization } = subject()
        const id = await organization('free', '2026-02-20T00:00:00Z')
        for (const user of ['a', 'b']) await ask(visit(id, user))
        const override = { meter: 'visitors', window, behavior: 'hard', reason: 'test' } as const
        await tollgate.limits.override({ organizationId: id, ...override, max: 2 })
        expect(await ask(visit(id, 'c'))).toBe(false)
        expect(await ask(visit(id, 'a'))).toBe(true)
        expect(await level(id, `visitors/${window}`)).toBe(2)
        await tollgate.limits.override({ organizationId: id, ...override, max: 3 })
        expect(await ask(visit(id, 'c'))).toBe(true)
        expect(await ask(visit(id, 'b'))).toBe(true)
        expect(await level(id, `visitors/${window}`)).toBe(3)
      },
    )
  })

  describe('latest', () => {
    const report = (organizationId: string, stored: number, timestamp?: string) => ({
      organizationId,
      eventType: 'report',
      quantities: { stored },
      timestamp,
    })

    it('is refused only above its limit, and never if the call lowers it', async () => {
      const { tollgate, organization } = subject()
      const id = await organization('small', LONG_AGO)
      expect(await ask(report(id, 501))).toBe(false)
      expect(await ask(report(id, 500))).toBe(true)
      expect(await ask(report(id, 20))).toBe(true)
      expect(await level(id, 'stored/month')).toBe(20)
      await tollgate.record(report(id, 900))
      expect(await ask(report(id, 800))).toBe(true)
      expect(await ask(report(id, 801))).toBe(false)
    })

    it('ignores and allows a report older than the latest', async () => {
      const { organization } = subject()
      const id = await organization('small', LONG_AGO)
      expect(await ask(report(id, 100, '2026-03-10T11:59:00Z'))).toBe(true)
      expect(await ask(report(id, 900, '2026-03-10T11:58:00Z'))).toBe(true)
      expect(await level(id, 'stored/month')).toBe(100)
    })

    it('resolves two reports of one instant by the greater id, in either order', async () => {
      const { tollgate, organization } = subject()
      const at = '2026-03-10T11:00:00Z'
      const [id, other] = [
        await organization('free', LONG_AGO),
        await organization('free', LONG_AGO),
      ]
      await tollgate.record({ ...report(id, 1, at), id: 'b' })
      await tollgate.record({ ...report(id, 2, at), id: 'a' })
      await tollgate.record([
        { ...report(other, 2, at), id: 'a' },
        { ...report(other, 1, at), id: 'b' },
      ])
      expect((await tollgate.usage.current({ organizationId: id })).month.meters).toEqual({
        stored: 1,
      })
      expect((await tollgate.usage.current({ organizationId: other })).month.meters).toEqual({
        stored: 1,
      })
    })
  })

  it('of all kinds equal a simple computation over the events, in every window', async () => {
    const property = fc.asyncProperty(
      fc.array(use, { minLength: 20, maxLength: 60 }),
      batchSizes,
      (uses, sizes) => recordAndCompare(subject(), uses, sizes),
    )
    await fc.assert(property, { numRuns: 15 })
  })

  it('agree with their raw events after all these tests', async () => {
    expect((await subject().tollgate.admin.aggregate()).differences).toEqual([])
  })
})

interface Use {
  readonly kind: 'work' | 'visit' | 'load' | 'report'
  readonly amount: number
  readonly user: string
  readonly hoursAgo: number
}

// The few instants, users and amounts collide often. The hours reach into the month before.
const use: fc.Arbitrary<Use> = fc.record({
  kind: fc.constantFrom('work', 'visit', 'load', 'report'),
  amount: fc.integer({ min: 0, max: 9 }),
  user: fc.constantFrom('a', 'b', 'c', 'd'),
  hoursAgo: fc.constantFrom(0, 1, 1.5, 23, 24, 50, 260),
})
const batchSizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 })
const METER_OF = { work: 'tokens', visit: 'visitors', load: 'peak', report: 'stored' } as const

const recordAndCompare = async (
  { tollgate, clock, db, organization }: EngineSubject,
  uses: readonly Use[],
  sizes: readonly number[],
) => {
  const organizationId = await organization('small', '2026-02-14T00:00:00Z')
  const anchorMs = Date.parse('2026-02-14T00:00:00Z')
  const nowMs = clock.now().getTime()
  const events = uses.map((one, index) => ({
    // The ids descend, so arrival order and id order differ.
    id: `event-${1_000 - index}`,
    one,
    atMs: nowMs - one.hoursAgo * 3_600_000,
  }))
  const left = events.map(({ id, one, atMs }) => ({
    id,
    organizationId,
    eventType: one.kind,
    timestamp: new Date(atMs).toISOString(),
    ...(one.kind === 'visit'
      ? { userId: one.user }
      : { quantities: { [METER_OF[one.kind]]: one.amount } }),
  }))
  for (let batch = 0; left.length > 0; batch++) {
    const some = left.splice(0, sizes[batch % sizes.length])
    expect((await tollgate.record(some)).accepted).toBe(some.length)
  }
  const rows = await db.query<{ key: string; used: bigint }>(
    `select concat_ws(' ', meter, window_name, extract(epoch from window_start) * 1000) as key, used
     from tollgate.buckets where organization_id = $1 and used <> 0 and meter <> 'credits'`,
    [organizationId],
  )
  const stored = Object.fromEntries(
    rows.map(({ key, used }) => [key.replace(/\.0+$/, ''), Number(used)]),
  )
  expect(stored).toEqual(plainLevels(events, anchorMs))
}

/** The levels in every bounded window, computed in the simplest way. */
const plainLevels = (
  events: readonly { id: string; one: Use; atMs: number }[],
  anchorMs: number,
): Record<string, number> => {
  const levels: Record<string, number> = {}
  const groups = new Map<string, typeof events>()
  for (const event of events) {
    const meters = [METER_OF[event.one.kind], ...(event.one.kind === 'work' ? ['calls'] : [])]
    for (const meter of meters) {
      for (const window of ['hour', 'day', 'month', 'period'] as const) {
        const key = `${meter} ${window} ${windowStart(window, event.atMs, anchorMs)}`
        groups.set(key, [...(groups.get(key) ?? []), event])
      }
    }
  }
  for (const [key, group] of groups) {
    const used = plainLevel(key.split(' ')[0] as string, group)
    if (used !== 0) levels[key] = used
  }
  return levels
}

const plainLevel = (
  meter: string,
  group: readonly { id: string; one: Use; atMs: number }[],
): number => {
  const amounts = group.map(({ one }) => one.amount)
  if (meter === 'calls') return group.length
  if (meter === 'tokens') return amounts.reduce((sum, amount) => sum + amount, 0)
  if (meter === 'peak') return Math.max(...amounts)
  if (meter === 'visitors') return new Set(group.map(({ one }) => one.user)).size
  const newest = [...group].sort((a, b) => b.atMs - a.atMs || (a.id < b.id ? 1 : -1))[0]
  return newest?.one.amount ?? 0
}
