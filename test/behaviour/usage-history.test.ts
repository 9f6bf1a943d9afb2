import { expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { HistoryEvent, HistoryListInput } from '../../src/contract/usage-history.ts'
import { describeTollgate } from './describe-tollgate.ts'

/** Earlier than all use in these tests; on the same day of the month as their first. */
const LONG_AGO = '2025-01-10T12:00:00Z'

const HOUR_MS = 3_600_000
const START_MS = Date.parse('2026-03-10T00:00:00Z')
const EVENT_TYPES = ['structuring_diagnose', 'analyze_pain_points', 'generate_solution'] as const

/** This many events, one every six minutes: 3 types, 4 users, 7 sessions and 3 complexities. */
const fill = async (tollgate: TollgateEngine, organizationId: string, count: number) => {
  const events = Array.from({ length: count }, (_, n) => ({
    id: `e${String(n).padStart(3, '0')}`,
    organizationId,
    eventType: EVENT_TYPES[n % 3] as string,
    userId: `user-${n % 4}`,
    sessionId: `session-${n % 7}`,
    properties: { complexity: 1 + (n % 3) },
    model: n % 2 === 0 ? 'gpt-4o' : undefined,
    inputTokens: n % 2 === 0 ? 100 + n : undefined,
    timestamp: new Date(START_MS + n * 360_000),
  }))
  expect(await tollgate.record(events)).toMatchObject({ accepted: count })
}

const collect = async (events: AsyncIterable<HistoryEvent>) => {
  const all: HistoryEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

/** All pages in order, by cursor. */
const walk = async (tollgate: TollgateEngine, id: string, request: HistoryListInput) => {
  const items: HistoryEvent[] = []
  let cursor: string | undefined
  do {
    const page = await tollgate.usage.history({ organizationId: id, ...request, cursor })
    items.push(...page.events)
    cursor = page.pagination.nextCursor ?? undefined
  } while (cursor !== undefined)
  return items
}

describeTollgate('the event history of an organization', (subject) => {
  it('answers for an organization without events, and with one event', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    expect(await tollgate.usage.history({ organizationId: id })).toMatchObject({
      organizationId: id,
      events: [],
      sort: '-occurredAt',
      pagination: { page: 1, limit: 50, total: 0, totalPages: 0, nextCursor: null },
      summary: { events: 0, credits: 0, costUsd: '0' },
    })
    await fill(tollgate, id, 1)
    const { events, pagination, summary } = await tollgate.usage.history({ organizationId: id })
    expect(pagination).toMatchObject({ total: 1, totalPages: 1 })
    expect(summary).toMatchObject({ events: 1, credits: events[0]?.credits })
    expect(events[0]).toMatchObject({
      id: 'e000',
      eventType: 'structuring_diagnose',
      userId: 'user-0',
      occurredAt: '2026-03-10T00:00:00.000Z',
      receivedAt: '2026-03-10T12:00:00.000Z',
      model: 'gpt-4o',
      inputTokens: 100,
      properties: { complexity: 1 },
      reverses: null,
    })
    await expect(tollgate.usage.history({ organizationId: 'nobody' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('combines all filters, and sums the matching events', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    await fill(tollgate, id, 100)
    const all = (await tollgate.usage.history({ organizationId: id, limit: 200 })).events
    expect(all).toHaveLength(100)
    const credits = [...new Set(all.map((event) => event.credits))].sort((a, b) => a - b)
    const [low = 0, high = 0] = [credits[1], credits.at(-2)]
    const category = all.find(({ eventType }) => eventType === 'generate_solution')?.category
    const cases: [HistoryListInput, (event: HistoryEvent) => boolean][] = [
      [{ eventType: 'generate_solution' }, (e) => e.eventType === 'generate_solution'],
      [{ eventType: 'ai-workspace/generate_solution' }, (e) => e.eventType === 'generate_solution'],
      [{ userId: 'user-2' }, (e) => e.userId === 'user-2'],
      [{ sessionId: 'session-6' }, (e) => e.sessionId === 'session-6'],
      [{ category }, (e) => e.category === category],
      [{ minCredits: low, maxCredits: high }, (e) => e.credits >= low && e.credits <= high],
      [
        { startDate: '2026-03-10T02:00:00Z', endDate: new Date(START_MS + 4 * HOUR_MS) },
        (e) => e.occurredAt >= '2026-03-10T02' && e.occurredAt < '2026-03-10T04',
      ],
      [
        {
          eventType: 'structuring_diagnose',
          userId: 'user-1',
          sessionId: 'session-2',
          startDate: '2026-03-10',
          endDate: '2026-03-10',
          minCredits: 0,
          maxCredits: 1_000,
        },
        (e) =>
          e.eventType === 'structuring_diagnose' &&
          e.userId === 'user-1' &&
          e.sessionId === 'session-2',
      ],
      [{ userId: 'nobody' }, () => false],
    ]
    for (const [filter, fits] of cases) {
      const expected = all.filter(fits)
      const { events, summary } = await tollgate.usage.history({
        organizationId: id,
        ...filter,
        limit: 200,
      })
      expect(events, JSON.stringify(filter)).toEqual(expected)
      const micro = expected.reduce((sum, event) => sum + Math.round(event.credits * 1e6), 0)
      expect(summary).toMatchObject({ events: expected.length, credits: micro / 1e6 })
    }
  })

  it.each(['occurredAt', '-occurredAt', 'credits', '-credits'] as const)(
    'returns every event once in the order %s, by page and by cursor',
    async (sort) => {
      const { tollgate, organization } = subject()
      const id = await organization('ai-workspace/professional', LONG_AGO)
      await fill(tollgate, id, 60)
      const walked = await walk(tollgate, id, { sort, limit: 7 })
      expect(new Set(walked.map((event) => event.id)).size).toBe(60)
      const pages = tollgate.usage.history({ organizationId: id, sort, limit: 25 })
      expect(await collect(pages)).toEqual(walked)
      const byPage = await Promise.all(
        [1, 2, 3, 4].map((page) =>
          tollgate.usage.history({ organizationId: id, sort, page, limit: 15 }),
        ),
      )
      expect(byPage.flatMap(({ events }) => events)).toEqual(walked)
      expect(byPage.map(({ pagination }) => pagination.nextCursor === null)).toEqual([
        ...[false, false, false, true],
      ])
      const values = walked.map((e) => (sort.endsWith('credits') ? e.credits : e.occurredAt))
      const sorted = [...values].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
      expect(values).toEqual(sort.startsWith('-') ? sorted.reverse() : sorted)
    },
  )

  it('returns sums with a page, and with a cursor only on request', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    await fill(tollgate, id, 9)
    const first = await tollgate.usage.history({ organizationId: id, limit: 4 })
    expect(first.summary?.events).toBe(9)
    expect(first.pagination).toMatchObject({ page: 1, total: 9, totalPages: 3 })
    const cursor = first.pagination.nextCursor as string
    const second = await tollgate.usage.history({ organizationId: id, limit: 4, cursor })
    expect(second.summary).toBeNull()
    expect(second.pagination).toMatchObject({ page: null, total: null, totalPages: null })
    const summed = await tollgate.usage.history({
      organizationId: id,
      limit: 4,
      cursor,
      summary: true,
    })
    expect(summed.summary).toEqual(first.summary)
    const bare = await tollgate.usage.history({ organizationId: id, limit: 4, summary: false })
    expect(bare.summary).toBeNull()
  })

  it('separates users and sessions with equal prefixes longer than an index key', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    const start = '𝒳'.repeat(80)
    for (const end of ['a', 'b', '']) {
      const userId = start + end
      const event = { organizationId: id, eventType: EVENT_TYPES[0], userId, sessionId: userId }
      await tollgate.record({ ...event, id: `of ${end}` })
    }
    const ids = async (request: HistoryListInput) =>
      (await tollgate.usage.history({ organizationId: id, ...request })).events.map(
        (event) => event.id,
      )
    expect(await ids({ userId: `${start}a` })).toEqual(['of a'])
    expect(await ids({ sessionId: start })).toEqual(['of '])
    expect(await ids({ userId: `${start}a`, sessionId: `${start}b` })).toEqual([])
    expect(
      (await tollgate.usage.history({ organizationId: id, userId: `${start}b` })).summary?.events,
    ).toBe(1)
  })

  it('shows a reversal as its own event, and subtracts it from the sums', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    await fill(tollgate, id, 3)
    const before = await tollgate.usage.history({ organizationId: id })
    await tollgate.reverse({ organizationId: id, eventId: 'e002', reason: 'mistake' })
    const { events, summary } = await tollgate.usage.history({ organizationId: id })
    const reversal = events.find(({ reverses }) => reverses === 'e002')
    const reversed = events.find((event) => event.id === 'e002')
    expect(reversal?.credits).toBe(-(reversed?.credits ?? 0))
    expect(summary?.events).toBe(4)
    const left = (before.summary?.credits ?? 0) - (reversed?.credits ?? 0)
    expect(summary?.credits).toBeCloseTo(left, 6)
  })

  it('sums the remaining events, even if roll-ups reach further back', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    await fill(tollgate, id, 5)
    const old = { organizationId: id, eventType: EVENT_TYPES[0], userId: 'user-1' }
    const timestamps = ['2026-01-14T10:00:00Z', '2026-01-14T11:30:00Z']
    const events = timestamps.map((timestamp) => ({ ...old, timestamp }))
    await tollgate.record(events, { backfill: true })
    expect((await tollgate.usage.history({ organizationId: id })).summary?.events).toBe(7)
    await tollgate.admin.cleanup()
    // A later arrival, in a dropped week.
    await tollgate.record({ ...old, timestamp: '2026-01-15T10:00:00Z' }, { backfill: true })
    for (const request of [{}, { eventType: EVENT_TYPES[0] }, { userId: 'user-1' }]) {
      const { events, summary } = await tollgate.usage.history({ organizationId: id, ...request })
      expect(summary?.events).toBe(events.length)
      const credits = events.reduce((sum, event) => sum + event.credits, 0)
      expect(summary?.credits).toBeCloseTo(credits, 6)
    }
    expect((await tollgate.usage.history({ organizationId: id })).summary?.events).toBe(6)
  })

  it('exports all matching events in time order, over several reads', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    for (let batch = 0; batch < 5; batch++) {
      const events = Array.from({ length: 900 }, (_, n) => ({
        organizationId: id,
        id: `x${batch}-${n}`,
        eventType: EVENT_TYPES[n % 3] as string,
        // Many events at one instant, so that a read begins among them.
        timestamp: new Date(START_MS + Math.floor(n / 450) * HOUR_MS),
      }))
      await tollgate.record(events)
    }
    const all = await collect(await tollgate.usage.export({ organizationId: id }))
    expect(new Set(all.map((event) => event.id)).size).toBe(4_500)
    const asc = await collect(
      await tollgate.usage.export({ organizationId: id, sort: 'occurredAt' }),
    )
    expect(asc).toEqual(all.reverse())
    const some = await tollgate.usage.export({ organizationId: id, eventType: EVENT_TYPES[1] })
    expect(await collect(some)).toHaveLength(1_500)
    const first: string[] = []
    for await (const event of await tollgate.usage.export({ organizationId: id })) {
      first.push(event.id)
      if (first.length === 3) break
    }
    expect(first).toHaveLength(3)
  })

  it('refuses an unlisted value, and names the field', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', LONG_AGO)
    const cases: [Record<string, unknown>, string][] = [
      [{ sort: 'price' }, 'sort'],
      [{ limit: 1e9 }, 'limit'],
      [{ limit: 0 }, 'limit'],
      [{ page: 0 }, 'page'],
      [{ page: 51, limit: 200 }, 'page'],
      [{ page: 1e9 }, 'page'],
      [{ startDate: '2026-03-10', endDate: '2026-03-09' }, 'endDate'],
      [{ startDate: '2024-03-10', endDate: '2026-03-09' }, 'endDate'],
      [{ startDate: '2024-03-10' }, 'startDate'],
      [{ startDate: 'yesterday' }, 'startDate'],
      [{ endDate: '2026-02-30' }, 'endDate'],
      [{ minCredits: 5, maxCredits: 4 }, 'maxCredits'],
      [{ minCredits: 0.0000001 }, 'minCredits'],
      [{ maxCredits: 1e14 }, 'maxCredits'],
      [{ cursor: 'first' }, 'cursor'],
      [{ userId: '' }, 'userId'],
      [{ colour: 'red' }, 'colour'],
    ]
    for (const [request, field] of cases) {
      const refused = tollgate.usage.history({
        organizationId: id,
        ...(request as HistoryListInput),
      })
      await expect(refused, JSON.stringify(request)).rejects.toMatchObject({
        code: 'invalid_request',
        faults: [expect.objectContaining({ field })],
      })
    }
    await fill(tollgate, id, 3)
    const { pagination } = await tollgate.usage.history({ organizationId: id, limit: 1 })
    for (const [request, field] of [
      [{ sort: 'credits' }, 'cursor'],
      [{ page: 2 }, 'page'],
    ] as const) {
      const refused = tollgate.usage.history({
        organizationId: id,
        ...request,
        cursor: pagination.nextCursor as string,
      })
      await expect(refused).rejects.toMatchObject({ faults: [{ field }] })
    }
    const file = tollgate.usage.export({ organizationId: id, sort: 'credits' })
    await expect(file).rejects.toMatchObject({ faults: [{ field: 'sort' }] })
    expect(
      (await tollgate.usage.history({ organizationId: id, page: 50, limit: 200 })).events,
    ).toEqual([])
  })
})
