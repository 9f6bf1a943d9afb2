import { describe, expect, it } from 'vitest'
import { held } from '../setup/held.ts'
import { describeEngine, type EngineSubject } from './describe-engine.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** The enterprise plan has no limits, so these tests show retention alone. */
const PLAN = 'rag-chatbot/enterprise'
const LONG_AGO = '2023-01-01T00:00:00Z'

const chat = (organizationId: string, id: string, timestamp?: string) => ({
  id,
  organizationId,
  eventType: 'chat_message',
  quantities: { tokens: 7 },
  endpoint: '/chat',
  durationMs: 40,
  timestamp,
})

const eventIds = async ({ db }: EngineSubject, organizationId: string): Promise<string[]> => {
  const rows = await db.query<{ id: string }>(
    'select id from tollgate.events where organization_id = $1 order by id',
    [organizationId],
  )
  return rows.map(({ id }) => id)
}

/** All data that is kept for ever. */
const keptForEver = async ({ db }: EngineSubject, organizationId: string) => ({
  rollups: await db.query(
    'select * from tollgate.rollups where organization_id = $1 order by 2, 3, 4, 5',
    [organizationId],
  ),
  latencies: await db.query(
    'select * from tollgate.latency_rollups where organization_id = $1 order by 2, 3',
    [organizationId],
  ),
  buckets: await db.query(
    `select * from tollgate.buckets where organization_id = $1 and window_name <> 'minute'
     order by 2, 3, 4`,
    [organizationId],
  ),
})

// Retention runs only by hand: its schedule would run each time the clock passes a night.
const options = { at: '2026-03-10T12:00:00Z', schedules: { 'apply-retention': null } }

// These tests move forward in time, in order: data that one deletes is missing in the next.
describeEngine('retention', options, (subject) => {
  describe('of events', () => {
    it('drops a week exactly when all of it is older than 30 days', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization(PLAN, LONG_AGO)
      const events = [
        chat(id, 'a', '2026-02-01T23:59:59.999Z'),
        chat(id, 'b', '2026-02-02T00:00:00Z'),
        chat(id, 'c', '2026-02-08T23:59:59.999Z'),
        chat(id, 'd', '2026-02-09T00:00:00Z'),
        chat(id, 'e'),
      ]
      expect(await tollgate.record(events, { backfill: true })).toMatchObject({ accepted: 5 })
      await tollgate.admin.cleanup()
      expect(await eventIds(subject(), id)).toEqual(['b', 'c', 'd', 'e'])
      await clock.set('2026-03-10T23:59:59.999Z')
      expect(await tollgate.admin.cleanup()).toMatchObject({ droppedPartitions: 0 })
      await clock.set('2026-03-11T00:00:00Z')
      // Others may have used the database before, and have left a partition of that week.
      expect((await tollgate.admin.cleanup()).droppedPartitions).toBeGreaterThanOrEqual(1)
      expect(await eventIds(subject(), id)).toEqual(['d', 'e'])
    })

    it('keeps the roll-ups, histograms and levels of dropped weeks', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization(PLAN, LONG_AGO)
      await tollgate.record([chat(id, 'a', '2026-02-10T10:00:00Z'), chat(id, 'b')])
      const before = await keptForEver(subject(), id)
      await clock.set('2026-03-18T12:00:00Z')
      await tollgate.admin.cleanup()
      expect(await eventIds(subject(), id)).toEqual(['b'])
      expect(await keptForEver(subject(), id)).toEqual(before)
      expect((await tollgate.usage.current({ organizationId: id })).month).toMatchObject({
        events: 1,
      })
      expect(before.buckets.length).toBeGreaterThan(0)
      expect(before.rollups.length).toBeGreaterThan(0)
      expect(before.latencies.length).toBe(2)
    })

    it('leaves the books consistent with the remaining events', async () => {
      const { tollgate } = subject()
      const { events, from, differences } = await tollgate.admin.aggregate()
      expect(differences).toEqual([])
      expect(events).toBeGreaterThan(0n)
      expect(from.toISOString()).toBe('2026-02-16T00:00:00.000Z')
    })

    it('still accepts an event of a dropped week, from every verb', async () => {
      const { tollgate, organization } = subject()
      const id = await organization(PLAN, LONG_AGO)
      const timestamp = '2026-02-12T12:00:00Z'
      expect(await tollgate.record(chat(id, 'a', timestamp))).toMatchObject({ accepted: 1 })
      const decision = await tollgate.track({ ...chat(id, 'b', timestamp), backfill: true })
      expect(decision.allowed).toBe(true)
      await tollgate.enqueue(chat(id, 'c', timestamp))
      await tollgate.flush()
      expect(await eventIds(subject(), id)).toEqual(['a', 'b', 'c'])
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    })

    it('lets a process that cached the week write into it after another dropped it', async () => {
      const { tollgate, organization, another } = subject()
      const id = await organization(PLAN, LONG_AGO)
      const other = await another()
      await tollgate.record(chat(id, 'a', '2026-02-13T12:00:00Z'))
      expect(await other.admin.cleanup()).toMatchObject({ droppedPartitions: 1 })
      await tollgate.record(chat(id, 'b', '2026-02-13T12:00:00Z'))
      await other.admin.cleanup()
      const decision = await tollgate.track({
        ...chat(id, 'c', '2026-02-13T12:00:00Z'),
        backfill: true,
      })
      expect(decision.allowed).toBe(true)
      expect(await eventIds(subject(), id)).toEqual(['c'])
    })

    it('repairs nothing of a dropped week, whatever range is requested', async () => {
      const { tollgate, organization } = subject()
      const id = await organization(PLAN, LONG_AGO)
      await tollgate.record(chat(id, 'a', '2026-02-14T12:00:00Z'))
      await tollgate.admin.cleanup()
      const before = await keptForEver(subject(), id)
      const wide = { from: new Date('2026-01-01'), to: new Date('2026-05-01') }
      expect((await tollgate.admin.aggregate({ ...wide, repair: true })).differences).toEqual([])
      expect(await keptForEver(subject(), id)).toEqual(before)
    })

    it('may run in several processes together', async () => {
      const { tollgate, organization, another } = subject()
      const id = await organization(PLAN, LONG_AGO)
      const others = await Promise.all([another(), another()])
      for (let round = 0; round < 5; round++) {
        const days = Array.from(
          { length: 6 },
          (_, week) => Date.UTC(2025, 11, 1) + week * 7 * DAY_MS,
        )
        await tollgate.record(
          days.map((ms) => chat(id, `${round} ${ms}`, new Date(ms).toISOString())),
          { backfill: true },
        )
        const all = await Promise.all([tollgate, ...others].map((engine) => engine.admin.cleanup()))
        expect(all.reduce((sum, one) => sum + one.droppedPartitions, 0)).toBe(12)
      }
      expect((await tollgate.admin.aggregate()).differences).toEqual([])
    })
  })

  it('blocks nobody: concurrent writers all succeed', async () => {
    const { tollgate, organization, another, clock } = subject()
    const id = await organization(PLAN, LONG_AGO)
    const other = await another()
    const work = async (round: number, turn: number) => {
      const quantities = { tokens: 5 }
      await tollgate.track(chat(id, `tracked ${round} ${turn}`))
      const { reservationId } = held(
        await tollgate.reserve({ organizationId: id, eventType: 'chat_message', quantities }),
      )
      await tollgate.extend({ organizationId: id, reservationId, quantities })
      await tollgate.settle({ organizationId: id, reservationId, quantities })
      await tollgate.record(chat(id, `recorded ${round} ${turn}`))
    }
    for (let round = 0; round < 8; round++) {
      const oldMs = clock.now().getTime() - 200 * DAY_MS
      const old = [0, 7, 14].map((days) =>
        chat(id, `old ${round} ${days}`, new Date(oldMs + days * DAY_MS).toISOString()),
      )
      await tollgate.record(old, { backfill: true })
      const [cleaned] = await Promise.all([
        other.admin.cleanup(),
        ...Array.from({ length: 10 }, (_, turn) => work(round, turn)),
      ])
      expect(cleaned.droppedPartitions).toBe(6)
    }
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })

  describe('of ids', () => {
    it('gives a retry its first answer for 65 days, then treats it as new', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization(PLAN, LONG_AGO)
      const sentMs = clock.now().getTime()
      const first = await tollgate.track(chat(id, 'tracked'))
      await tollgate.record(chat(id, 'recorded'))
      const retryAfter = async (ms: number) => {
        await clock.set(new Date(sentMs + ms))
        await tollgate.admin.cleanup()
      }
      await retryAfter(41 * DAY_MS)
      expect(await tollgate.track(chat(id, 'tracked'))).toEqual({ ...first, replayed: true })
      await retryAfter(65 * DAY_MS)
      expect(await eventIds(subject(), id)).toEqual([])
      expect(await tollgate.record(chat(id, 'recorded'))).toMatchObject({ duplicates: 1 })
      expect((await tollgate.track(chat(id, 'tracked'))).replayed).toBe(true)
      await retryAfter(65 * DAY_MS + 1)
      expect(await tollgate.record(chat(id, 'recorded'))).toMatchObject({ accepted: 1 })
      expect((await tollgate.track(chat(id, 'tracked'))).replayed).toBe(false)
    })

    it('lasts for ever for backfilled events: a replayed backfill counts once', async () => {
      const { tollgate, organization, clock } = subject()
      const id = await organization(PLAN, LONG_AGO)
      const nowMs = clock.now().getTime()
      const file = [
        chat(id, 'two years', new Date(nowMs - 730 * DAY_MS).toISOString()),
        chat(id, 'two months', new Date(nowMs - 60 * DAY_MS).toISOString()),
        chat(id, 'two days', new Date(nowMs - 2 * DAY_MS).toISOString()),
        chat(id, 'two hours', new Date(nowMs - 2 * HOUR_MS).toISOString()),
      ]
      const replay = () => tollgate.record(file, { backfill: true })
      expect(await replay()).toMatchObject({ accepted: 4, duplicates: 0 })
      await clock.advance(400 * DAY_MS)
      await tollgate.admin.cleanup()
      expect(await eventIds(subject(), id)).toEqual([])
      expect(await replay()).toMatchObject({ accepted: 0, duplicates: 4 })
    })

    it('is refused below 65 days, and drops nothing then', async () => {
      const { organization, another, tollgate, clock } = subject()
      const id = await organization(PLAN, LONG_AGO)
      await tollgate.record(chat(id, 'a'))
      await clock.advance(45 * DAY_MS)
      const hasty = await another({ retention: { eventsDays: 30, idsDays: 64 } })
      await expect(hasty.admin.cleanup()).rejects.toThrow('for 65 days at least')
      expect(await eventIds(subject(), id)).toEqual(['a'])
      const exact = await another({ retention: { eventsDays: 30, idsDays: 65 } })
      expect((await exact.admin.cleanup()).droppedPartitions).toBeGreaterThan(0)
      expect(await eventIds(subject(), id)).toEqual([])
    })
  })

  it('deletes reservations that ended 65 days ago, and never an open hold', async () => {
    const { tollgate, organization, clock, db } = subject()
    const id = await organization(PLAN, LONG_AGO)
    const reserve = async (expiresInMs: number) =>
      held(
        await tollgate.reserve({
          organizationId: id,
          eventType: 'chat_message',
          quantities: { tokens: 5 },
          expiresInMs,
        }),
      ).reservationId
    const [ended, kept] = [await reserve(DAY_MS), await reserve(DAY_MS)]
    await tollgate.release({ organizationId: id, reservationId: ended })
    for (let day = 0; day < 70; day++) {
      await clock.advance(DAY_MS - 1)
      await tollgate.extend({
        organizationId: id,
        reservationId: kept,
        quantities: { tokens: 1 },
        expiresInMs: DAY_MS,
      })
    }
    await tollgate.admin.cleanup()
    const rows = await db.query<{ id: string; state: string }>(
      'select id, state from tollgate.reservations where organization_id = $1',
      [id],
    )
    expect(rows).toEqual([{ id: kept, state: 'held' }])
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
    const settled = await tollgate.settle({
      organizationId: id,
      reservationId: kept,
      quantities: { tokens: 3 },
    })
    expect(settled).toMatchObject({ state: 'settled', held: { tokens: 75 }, late: false })
    expect((await tollgate.admin.aggregate()).differences).toEqual([])
  })
})
