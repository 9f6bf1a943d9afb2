import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'

const PATH = '/api/usage/events'
const good = (index: number) => ({
  id: `event-${index}`,
  eventType: 'structuring_diagnose',
  properties: { complexity: 2 },
})

describe('POST /api/usage/events', () => {
  const door = openDoor()

  it('records one event, and counts a retry once', async () => {
    const { id, key } = await door().organization()
    const first = await door().send('POST', PATH, { key, body: good(1) })
    expect(first.status).toBe(200)
    expect(first.body).toEqual({ accepted: 1, duplicates: 0, rejected: [] })
    const again = await door().send('POST', PATH, { key, body: good(1) })
    expect(again.body).toEqual({ accepted: 0, duplicates: 1, rejected: [] })
    expect((await door().tollgate.usage.current({ organizationId: id })).month).toMatchObject({
      events: 1,
      credits: 20,
    })
  })

  it('records 97 of 100, and names the 3 invalid ones by index', async () => {
    const { id, key } = await door().organization()
    const events: unknown[] = Array.from({ length: 100 }, (_, index) => good(index))
    events[3] = { ...good(3), eventType: 'nope' }
    events[42] = { ...good(42), quantities: { ai_calls: -1 } }
    events[99] = { ...good(99), timestamp: '99999-01-01T00:00:00Z' }
    const { status, body } = await door().send('POST', PATH, { key, body: { events } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ accepted: 97, duplicates: 0 })
    expect(
      body.rejected.map(({ index, field }: { index: number; field: string }) => [index, field]),
    ).toEqual([
      [3, 'eventType'],
      [42, 'quantities.ai_calls'],
      [99, 'timestamp'],
    ])
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(97)
  })

  it('keeps the sent indexes for refusals by the schema and by the engine', async () => {
    const { id, key } = await door().organization()
    const { id: other } = await door().organization()
    const events = [
      { ...good(0), organizationId: other },
      'not an event',
      good(2),
      { ...good(3), eventType: 'nope' },
      { ...good(4), backfill: true, timestamp: '2026-03-10T00:00:00Z' },
      null,
      good(6),
      { ...good(7), id: 5 },
    ]
    const { status, body } = await door().send('POST', PATH, { key, body: { events } })
    expect(status).toBe(200)
    expect(body.accepted).toBe(2)
    expect(
      body.rejected.map(({ index, field }: { index: number; field: string }) => [index, field]),
    ).toEqual([
      [0, 'organizationId'],
      [1, 'event'],
      [3, 'eventType'],
      [4, 'backfill'],
      [5, 'event'],
      [7, 'id'],
    ])
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(2)
    expect((await door().tollgate.usage.current({ organizationId: other })).month.events).toBe(0)
  })

  it('answers with the list even if all events are refused', async () => {
    const { key } = await door().organization()
    const body = { events: [{ eventType: 'nope' }, {}] }
    const answer = await door().send('POST', PATH, { key, body })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ accepted: 0, rejected: [{ index: 0 }, { index: 1 }] })
  })

  it('records for several organizations together, for the administrator', async () => {
    const one = await door().organization()
    const two = await door().organization()
    const events = [
      { ...good(1), organizationId: one.id },
      { ...good(1), organizationId: two.id },
      good(2),
    ]
    const { body } = await door().send('POST', PATH, { body: { events } })
    expect(body).toEqual({
      accepted: 2,
      duplicates: 0,
      rejected: [
        { index: 2, code: 'invalid_request', field: 'organizationId', message: 'is required' },
      ],
    })
  })

  it('applies `backfill` to the whole batch, for the administrator only', async () => {
    const { id, key } = await door().organization()
    const event = { ...good(1), timestamp: '2026-03-10T00:00:00Z', organizationId: id }
    const body = { events: [event], backfill: true }
    const refused = await door().send('POST', PATH, { key, body })
    expect([refused.status, refused.body.errors[0].field]).toEqual([403, 'backfill'])
    expect((await door().send('POST', PATH, { body })).body.accepted).toBe(1)
    const without = await door().send('POST', PATH, { body: { events: [{ ...event, id: 'b' }] } })
    expect(without.body.rejected[0].field).toBe('timestamp')
  })

  it.each([
    ['no list', { events: 'all of them' }, 'events'],
    ['an object', { events: { 0: good(0) } }, 'events'],
    ['an empty list', { events: [] }, 'events'],
    ['1,001 events', { events: Array.from({ length: 1_001 }, () => 1) }, 'events'],
    ['an extra field', { events: [good(0)], organizationId: 'acme' }, 'organizationId'],
    ['a `backfill` that is text', { events: [good(0)], backfill: 'true' }, 'backfill'],
    ['a `__proto__` key', '{"events":[{}],"__proto__":{}}', '__proto__'],
  ])('refuses a batch with %s by the field', async (_, body, field) => {
    const { id, key } = await door().organization()
    const { status, body: problem } = await door().send('POST', PATH, { key, body })
    expect([status, problem.errors[0].field]).toEqual([400, field])
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(0)
  })

  it('accepts an `Idempotency-Key` for one event, and not for a batch', async () => {
    const { id, key } = await door().organization()
    const headers = { 'idempotency-key': 'once' }
    const { id: _, ...event } = good(0)
    for (const counted of [
      { accepted: 1, duplicates: 0 },
      { accepted: 0, duplicates: 1 },
    ]) {
      const { body } = await door().send('POST', PATH, { key, body: event, headers })
      expect(body).toMatchObject(counted)
    }
    const batch = await door().send('POST', PATH, { key, body: { events: [event] }, headers })
    expect([batch.status, batch.body.errors[0].field]).toEqual([400, 'Idempotency-Key'])
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(1)
  })
})

describe('POST /api/usage/events/{eventId}/reverse', () => {
  const door = openDoor()
  const reverse = (
    eventId: string,
    organizationId: string,
    { body = { reason: 'failed' }, key }: { body?: unknown; key?: string } = {},
  ) => {
    const path = `${PATH}/${encodeURIComponent(eventId)}/reverse?organizationId=${organizationId}`
    return door().send('POST', path, { body, ...(key !== undefined && { key }) })
  }

  it("subtracts an event's amounts once", async () => {
    const { id, key } = await door().organization()
    await door().send('POST', PATH, { key, body: { ...good(1), id: 'chat/session 7/1%' } })
    const first = await reverse('chat/session 7/1%', id)
    expect(first.status).toBe(200)
    expect(first.body).toMatchObject({ reverses: 'chat/session 7/1%' })
    const again = await reverse('chat/session 7/1%', id)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.body).toEqual(first.body)
    expect((await door().tollgate.usage.current({ organizationId: id })).month.credits).toBe(0)
  })

  it('is forbidden for an organization, which could reverse its own charges', async () => {
    const { id, key } = await door().organization()
    await door().send('POST', PATH, { key, body: good(1) })
    const { status, body } = await reverse('event-1', id, { key })
    expect([status, body.code]).toEqual([403, 'forbidden'])
  })

  it('answers 404 for an unknown event', async () => {
    const { id } = await door().organization()
    const { status, body } = await reverse('nothing', id)
    expect([status, body.code]).toEqual([404, 'not_found'])
  })

  it.each([{}, { reason: '' }, { reason: 5 }, { reason: 'x', more: 1 }])(
    'refuses %j by the field',
    async (body) => {
      const { id, key } = await door().organization()
      await door().send('POST', PATH, { key, body: good(1) })
      const { status, body: problem } = await reverse('event-1', id, { body })
      expect(status).toBe(400)
      expect(problem.errors[0].field).toBe('more' in body ? 'more' : 'reason')
    },
  )
})
