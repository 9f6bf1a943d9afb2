import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { PLUMBING, type Plumbing, plumbingOf } from '../../src/engine/plumbing.ts'
import { createHandler } from '../../src/server.ts'
import { createTestTollgate } from '../../src/testing/index.ts'
import { ADMIN_KEY, openDoor } from './door.ts'
import { JWT_OF_TESTS, userToken } from './user-token.ts'

const door = openDoor({ jwt: JWT_OF_TESTS })
const EVENT = { eventType: 'structuring_diagnose', endpoint: '/diagnose', durationMs: 12 }

/** An organization with this many events and a key. */
const withEvents = async (count: number) => {
  const { tollgate, organization } = door()
  const made = await organization('ai-workspace/professional')
  const events = Array.from({ length: count }, (_, n) => ({
    ...EVENT,
    id: `e${n}`,
    organizationId: made.id,
    userId: `user-${n % 3}`,
    timestamp: new Date(Date.UTC(2026, 2, 10, 11, 55, 0, n)),
  }))
  if (count > 0) await tollgate.record(events)
  return made
}

const request = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  new Request(`http://tollgate.test${path}`, {
    headers: { authorization: `Bearer ${ADMIN_KEY}`, ...headers },
  })

describe('the history over HTTP', () => {
  it('is a page with its filters, for a member and for its own key', async () => {
    const { send, tollgate } = door()
    const { id, key } = await withEvents(20)
    await tollgate.members.add({ organizationId: id, userId: 'vera', role: 'viewer' })
    const path = `/api/organizations/${id}/usage/history?userId=user-1&minCredits=-0.5&limit=5&page=1`
    for (const credential of [key, userToken('vera'), ADMIN_KEY]) {
      const { status, body } = await send('GET', path, { key: credential })
      expect([status, body.events.length, body.summary.events]).toEqual([200, 5, 7])
    }
    const other = await withEvents(0)
    expect((await send('GET', path, { key: other.key })).status).toBe(404)
  })

  it('names the invalid parameter', async () => {
    const { id } = await withEvents(0)
    for (const [query, field] of [
      ['sort=price', 'sort'],
      ['limit=1000000000', 'limit'],
      ['limit=many', 'limit'],
      ['page=0', 'page'],
      ['page=51&limit=200', 'page'],
      ['startDate=2026-03-10&endDate=2026-03-09', 'endDate'],
      ['startDate=2025-01-01&endDate=2026-03-09', 'endDate'],
      ['startDate=soon', 'startDate'],
      ['minCredits=1e3', 'minCredits'],
      ['minCredits=2&maxCredits=1', 'maxCredits'],
      ['summary=maybe', 'summary'],
      ['format=xml', 'format'],
      ['format=csv&page=2', 'page'],
      ['format=csv&limit=2', 'limit'],
      ['format=csv&sort=credits', 'sort'],
      ['colour=red', 'colour'],
      ['sort=credits&sort=-credits', 'sort'],
    ]) {
      const path = `/api/organizations/${id}/usage/history?${query}`
      const { status, body } = await door().send('GET', path)
      expect([query, status, body.errors?.[0]?.field]).toEqual([query, 400, field])
    }
  })

  it('can be exported completely as JSON lines and as CSV', async () => {
    const { send, tollgate } = door()
    const { id } = await withEvents(30)
    const dangerous = '=1+1'
    await tollgate.record({ ...EVENT, organizationId: id, id: 'f', sessionId: dangerous })
    const path = `/api/organizations/${id}/usage/history`
    const all = (await send('GET', `${path}?limit=200`)).body.events
    const lines = await door().handler(request(`${path}?format=jsonl`))
    expect(lines.headers.get('content-type')).toBe('application/jsonl')
    const read = (await lines.text()).trimEnd().split('\n')
    expect(read.map((line) => JSON.parse(line))).toEqual(all)
    const { headers, body } = await send('GET', `${path}?format=csv&sort=occurredAt`)
    expect(headers.get('content-disposition')).toBe(`attachment; filename="usage-${id}.csv"`)
    const rows = parse(String(body), { columns: true, record_delimiter: '\r\n' })
    expect(rows).toHaveLength(31)
    expect(rows[30]).toMatchObject({ id: 'f', sessionId: `'${dangerous}`, unpriced: 'false' })
    const credits = rows.reduce(
      (sum: number, row) => sum + Number((row as { credits: string }).credits),
      0,
    )
    const { summary } = (await send('GET', path)).body
    expect(credits).toBeCloseTo(summary.credits, 6)
  })

  it('stops reading when the client disconnects', async () => {
    const { handler, tollgate } = door()
    const { id } = await door().organization('ai-workspace/professional')
    for (let batch = 0; batch < 6; batch++) {
      const events = Array.from({ length: 1_000 }, (_, n) => ({
        ...EVENT,
        organizationId: id,
        id: `${batch}-${n}`,
        properties: { text: 'x'.repeat(200) },
      }))
      await tollgate.record(events)
    }
    const watched = { read: 0, ended: false }
    const plumbing = plumbingOf(tollgate)
    const admit: Plumbing['admit'] = async (...args) => {
      const call = await plumbing.admit(...args)
      if (args[0].name !== 'usage.export') return call
      return {
        ...call,
        run: async () => counted((await call.run()) as AsyncIterable<unknown>, watched),
      }
    }
    const counting = Object.assign({ ...tollgate }, { [PLUMBING]: { ...plumbing, admit } })
    const path = `/api/organizations/${id}/usage/history?format=jsonl`
    const response = await createHandler(counting, { adminKey: ADMIN_KEY })(request(path))
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    expect(watched.ended).toBe(true)
    expect(watched.read).toBeLessThan(1_000)
    expect((await (await handler(request(path))).text()).trimEnd().split('\n')).toHaveLength(6_000)
  })
})

async function* counted<Item>(
  items: AsyncIterable<Item>,
  watched: { read: number; ended: boolean },
): AsyncGenerator<Item> {
  try {
    for await (const item of items) {
      watched.read += 1
      yield item
    }
  } finally {
    watched.ended = true
  }
}

describe('the reports over HTTP', () => {
  it('answer 304 until something changes', async () => {
    const { send, tollgate } = door()
    const { id, key } = await withEvents(3)
    for (const path of ['/api/usage/history?timezone=Asia/Tokyo', '/api/usage/endpoints?days=3']) {
      const first = await send('GET', path, { key })
      const etag = first.headers.get('etag') as string
      expect(first.status).toBe(200)
      expect(etag).toMatch(/^W\/"[\w-]+"$/)
      expect(first.headers.get('cache-control')).toBe('private, no-cache')
      const headers = { 'if-none-match': `"other", ${etag}` }
      const second = await send('GET', path, { key, headers })
      expect([second.status, second.body]).toEqual([304, ''])
      await tollgate.record({ ...EVENT, organizationId: id })
      const third = await send('GET', path, { key, headers })
      expect(third.status).toBe(200)
      expect(third.headers.get('etag')).not.toBe(etag)
      const others = await send('GET', `${path}&days=5`.replace('days=3&', ''), { key, headers })
      expect(others.status).toBe(200)
    }
    const other = await withEvents(3)
    const [mine, theirs] = await Promise.all(
      [key, other.key].map((credential) => send('GET', '/api/usage/history', { key: credential })),
    )
    expect(mine?.headers.get('etag')).not.toBe(theirs?.headers.get('etag'))
  })

  it('change their ETag when one event is reversed and another replaces it', async () => {
    const { send, tollgate } = door()
    const { id, key } = await withEvents(1)
    const { headers } = await send('GET', '/api/usage/endpoints', { key })
    await tollgate.reverse({ organizationId: id, eventId: 'e0', reason: 'test' })
    await tollgate.record({ ...EVENT, organizationId: id, userId: 'user-0', endpoint: '/other' })
    const known = { 'if-none-match': headers.get('etag') as string }
    const { status, body } = await send('GET', '/api/usage/endpoints', { key, headers: known })
    expect([status, body.endpoints[0].endpoint]).toEqual([200, '/other'])
  })

  it('name the invalid parameter, even with an ETag', async () => {
    const { key } = await withEvents(0)
    for (const [path, field] of [
      ['/api/usage/history?days=401', 'days'],
      ['/api/usage/history?timezone=Mars/Olympus', 'timezone'],
      ['/api/usage/history?limit=3', 'limit'],
      ['/api/usage/endpoints?limit=1000000000', 'limit'],
      ['/api/usage/endpoints?days=week', 'days'],
    ]) {
      const { status, body } = await door().send('GET', path as string, {
        key,
        headers: { 'if-none-match': '*' },
      })
      expect([path, status, body.errors?.[0]?.field]).toEqual([path, 400, field])
    }
  })
})

describe('the live stream', () => {
  const opened = async (id: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await door().handler(request(`/api/organizations/${id}/usage/stream`, headers))
    const reader = response.body?.getReader()
    const decoder = new TextDecoder()
    const next = async () => {
      const { value, done } = (await reader?.read()) ?? { done: true }
      return done ? undefined : decoder.decode(value)
    }
    return { response, next, cancel: () => reader?.cancel() }
  }
  const idOf = (text: string | undefined) => /^id: (\S+)$/m.exec(text ?? '')?.[1] ?? ''

  it('consists of server-sent events, with heartbeats while nothing changes', async () => {
    const { id } = await withEvents(2)
    const { response, next, cancel } = await opened(id)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await next()).toBe('retry: 2000\n\n')
    const first = await next()
    expect(first).toMatch(/^id: \S+\nevent: usage\ndata: \{.*\}\n\n$/)
    const { at: _, ...told } = JSON.parse(/^data: (.*)$/m.exec(first ?? '')?.[1] ?? '')
    const { at: _at, ...current } = await door().tollgate.usage.current({ organizationId: id })
    expect(told).toEqual(current)
    const beat = next()
    await ticks(15, id)
    expect(await beat).toBe(': nothing has changed\n\n')
    await cancel()
  })

  it('continues after the Last-Event-ID, in this process or another', async () => {
    const { id } = await withEvents(1)
    const first = await opened(id)
    await first.next()
    const seen = idOf(await first.next())
    await first.cancel()
    const again = await opened(id, { 'last-event-id': seen })
    await again.next()
    const told = again.next()
    await door().tollgate.record({ ...EVENT, organizationId: id })
    await ticks(1, id)
    expect(idOf(await told)).not.toBe(seen)
    await again.cancel()
  })

  it('ends with the credential', async () => {
    const { tollgate } = door()
    const { id } = await withEvents(0)
    const { key, id: keyId } = await tollgate.apiKeys.create({
      organizationId: id,
      name: 'watcher',
    })
    const { next } = await opened(id, { authorization: `Bearer ${key}` })
    await next()
    await next()
    await tollgate.apiKeys.revoke({ organizationId: id, keyId })
    const end = next()
    await ticks(5, id)
    expect(await end).toBeUndefined()
  })

  it('ends with the engine, and none begins afterwards', async () => {
    const { tollgate, clock } = await createTestTollgate({ at: '2026-03-10T12:00:00Z' })
    const handler = createHandler(tollgate, { adminKey: ADMIN_KEY, now: clock.now })
    await tollgate.organizations.create({ id: 'acme', name: 'Acme', plan: 'ai-workspace/free' })
    const path = '/api/organizations/acme/usage/stream'
    const reader = (await handler(request(path))).body?.getReader()
    await reader?.read()
    await reader?.read()
    const end = reader?.read()
    plumbingOf(tollgate).endLive()
    expect((await end)?.done).toBe(true)
    expect((await handler(request(path))).status).toBe(503)
    await tollgate.close()
  })

  /** Advances the clock by this many seconds. */
  const ticks = async (count: number, id: string): Promise<void> => {
    const { tollgate, clock } = door()
    for (let n = 0; n < count; n++) {
      await clock.advance(1_000)
      // A tick's figures are read after all pending work here.
      await tollgate.usage.current({ organizationId: id })
      await tollgate.usage.current({ organizationId: id })
    }
  }
})
