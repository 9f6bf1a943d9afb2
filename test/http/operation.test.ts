import { describe, expect, it } from 'vitest'
import { FIXES } from '../../src/contract/error-fixes.ts'
import { ERRORS, type ErrorCode, TollgateError } from '../../src/contract/errors.ts'
import { PLUMBING, type Plumbing, plumbingOf } from '../../src/engine/plumbing.ts'
import { createHandler } from '../../src/server.ts'
import { DatabaseError } from '../../src/storage/database-error.ts'
import { createTestTollgate } from '../../src/testing/index.ts'
import { ADMIN_KEY, openDoor, sender } from './door.ts'

const PROBLEM = 'application/problem+json'

describe('health', () => {
  const door = openDoor()

  it('is public', async () => {
    for (const path of ['/healthz', '/readyz', '/healthz?t=1']) {
      const { status, body } = await door().send('GET', path, { key: null })
      expect([status, body]).toEqual([200, { status: 'ok' }])
    }
  })

  it('is live but not ready while the store is gone', async () => {
    const { tollgate } = await createTestTollgate()
    const send = sender(createHandler(tollgate, { adminKey: ADMIN_KEY }))
    await tollgate.close()
    expect((await send('GET', '/healthz')).status).toBe(200)
    const { status, headers, body } = await send('GET', '/readyz')
    expect([status, body.code]).toEqual([503, 'unavailable'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    const call = await send('GET', '/api/usage/current?organizationId=acme')
    expect([call.status, call.body.code]).toEqual([503, 'unavailable'])
  })
})

describe('metrics', () => {
  const door = openDoor()

  it('count the work of engine and server, without naming an organization', async () => {
    const { key } = await door().organization('rag-chatbot/trial')
    const event = { id: 'one', eventType: 'api_call' }
    await door().send('POST', '/api/usage/events', { key, body: event })
    await door().send('POST', '/api/usage/events', { key, body: event })
    await door().send('POST', '/api/usage/events', { key, body: { eventType: 'nope' } })
    await door().send('POST', '/api/usage/track', { key, body: { ...event, id: 'two' } })
    const tokens = { eventType: 'chat_message', quantities: { tokens: 10_001 } }
    await door().send('POST', '/api/usage/track', { key, body: tokens })
    await door().send('GET', '/nowhere')
    const { status, headers, body } = await door().send('GET', '/metrics')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toContain('text/plain')
    expect(body.split('\n')).toEqual(
      expect.arrayContaining([
        'tollgate_events_recorded_total 2',
        'tollgate_events_duplicate_total 1',
        'tollgate_events_rejected_total 1',
        'tollgate_events_unpriced_total 0',
        'tollgate_decisions_total{outcome="allowed",path="strict"} 1',
        'tollgate_decisions_total{outcome="refused",path="strict"} 1',
        'tollgate_queue_length 0',
        'tollgate_http_requests_total{operation="record",status="200"} 2',
        'tollgate_http_requests_total{operation="record",status="422"} 1',
        'tollgate_http_requests_total{operation="track",status="200"} 2',
        'tollgate_http_requests_total{operation="none",status="404"} 1',
        'tollgate_http_request_duration_seconds_count{operation="record"} 3',
      ]),
    )
    expect(body).not.toContain('org-')
  })

  it('are separate for each handler, and repeated by every scrape', async () => {
    const send = sender(createHandler(door().tollgate, { adminKey: ADMIN_KEY }))
    const scrape = async () => (await send('GET', '/metrics')).body as string
    expect(await scrape()).not.toContain('tollgate_http_requests_total{')
    const again = await scrape()
    expect(again).toContain('tollgate_http_requests_total{operation="metrics.get",status="200"} 1')
    const decisions = /tollgate_decisions_total\{outcome="allowed",path="strict"\} \d+/
    expect(decisions.exec(again)?.[0]).toBe(decisions.exec(await scrape())?.[0])
  })

  it('measure durations with the injected clock', async () => {
    let nowMs = 0
    const monotonicMs = () => {
      nowMs += 700
      return nowMs
    }
    const send = sender(createHandler(door().tollgate, { adminKey: ADMIN_KEY, monotonicMs }))
    await send('GET', '/healthz')
    const { body } = await send('GET', '/metrics')
    const duration = 'tollgate_http_request_duration_seconds'
    expect(body).toContain(`${duration}_sum{operation="health.live"} 0.7\n`)
    expect(body).toContain(`${duration}_bucket{le="0.5",operation="health.live"} 0\n`)
    expect(body).toContain(`${duration}_bucket{le="1",operation="health.live"} 1\n`)
  })
})

describe('every answer', () => {
  const door = openDoor()

  it('carries the request id that its problem names', async () => {
    let made = 0
    const ids = () => {
      made += 1
      return `request-${made}`
    }
    const send = sender(createHandler(door().tollgate, { ids }))
    expect((await send('GET', '/healthz')).headers.get('x-request-id')).toBe('request-1')
    const { headers, body } = await send('GET', '/nowhere')
    expect([headers.get('x-request-id'), body.requestId]).toEqual(['request-2', 'request-2'])
  })

  it('has a unique request id', async () => {
    const { headers: one } = await door().send('GET', '/healthz')
    const { headers: two } = await door().send('GET', '/healthz')
    expect(one.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(one.get('x-request-id')).not.toBe(two.get('x-request-id'))
  })

  it('is not cacheable', async () => {
    for (const path of ['/healthz', '/api/usage/current', '/nowhere']) {
      expect((await door().send('GET', path)).headers.get('cache-control')).toBe('no-store')
    }
  })

  it.each(['//', '/api', '/api/usage/track/', '/api/usage/events/x/y/reverse', '/API/usage/track'])(
    'is a 404 for %s',
    async (path) => {
      for (const key of [ADMIN_KEY, null]) {
        const { status, headers, body } = await door().send('GET', path, { key })
        expect([status, headers.get('content-type')]).toEqual([404, PROBLEM])
        expect(body).toMatchObject({ code: 'not_found', instance: path })
      }
    },
  )

  it.each([
    ['DELETE', '/api/usage/track', 'POST'],
    ['GET', '/api/usage/track', 'POST'],
    ['PUT', '/api/admin/config', 'GET, HEAD, PATCH'],
    ['OPTIONS', '/api/organizations/acme', 'DELETE, GET, HEAD, PATCH'],
    ['POST', '/healthz', 'GET, HEAD'],
    ['PATCH', '/api/admin/config/event-types', 'GET, HEAD, POST'],
    ['DELETE', '/api/admin/config/plans/a/b', 'GET, HEAD, PATCH'],
  ])('lists the allowed methods: not %s %s but %s', async (method, path, allowed) => {
    const { status, headers, body } = await door().send(method, path)
    expect([status, body.code]).toEqual([405, 'method_not_allowed'])
    expect(headers.get('allow')?.split(', ').sort().join(', ')).toBe(allowed)
  })

  it('to HEAD equals the one to GET without its body', async () => {
    const { status, headers, body } = await door().send('HEAD', '/healthz')
    expect([status, body]).toEqual([200, ''])
    expect(headers.get('x-request-id')).toBeTruthy()
  })

  it('does not repeat the query, which may contain a secret', async () => {
    const { body } = await door().send('GET', '/nowhere?token=secret')
    expect(JSON.stringify(body)).not.toContain('secret')
  })
})

describe('errors', () => {
  const door = openDoor()
  const failingEngine = (failure: unknown) => {
    const { tollgate } = door()
    const plumbing = plumbingOf(tollgate)
    const admit: Plumbing['admit'] = async (...args) => ({
      ...(await plumbing.admit(...args)),
      run: () => Promise.reject(failure),
    })
    return Object.assign({ ...tollgate }, { [PLUMBING]: { ...plumbing, admit } })
  }
  /** The real engine, except that this call fails in this way. */
  const failing = (failure: unknown, log?: (fields: object) => void) =>
    sender(
      createHandler(failingEngine(failure), {
        adminKey: ADMIN_KEY,
        ...(log ? { log: { error: log } } : {}),
      }),
    )('GET', '/api/usage/current?organizationId=acme')

  it.each([
    new Error('select key_hash from api_keys where id = $1'),
    new TypeError('cannot read properties of undefined'),
    'a text that was thrown',
    undefined,
    new TollgateError('internal', { detail: 'select key_hash from api_keys' }),
  ])('that are unexpected are logged, and 500 without details: %s', async (failure) => {
    const logged: object[] = []
    const { status, headers, body } = await failing(failure, (fields) => logged.push(fields))
    expect([status, headers.get('content-type')]).toEqual([500, PROBLEM])
    expect(body).toEqual({
      type: 'urn:tollgate:problem:internal',
      title: ERRORS.internal.title,
      status: 500,
      detail: ERRORS.internal.title,
      instance: '/api/usage/current',
      code: 'internal',
      requestId: headers.get('x-request-id'),
      fix: FIXES.internal,
    })
    expect(logged).toMatchObject([{ operation: 'usage.current', requestId: body.requestId }])
  })

  it('of an unavailable store are logged, and 503 with a retry time', async () => {
    const logged: object[] = []
    const message = 'connection to db.internal refused'
    const away = new DatabaseError({ code: '08006', message })
    const { status, headers, body } = await failing(away, (fields) => logged.push(fields))
    expect([status, body.code]).toEqual([503, 'unavailable'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    expect(JSON.stringify(body)).not.toContain('db.internal')
    expect(logged).toMatchObject([{ err: away, operation: 'usage.current' }])
  })

  it('that are expected are not logged below 500', async () => {
    const logged: object[] = []
    await failing(new TollgateError('not_found'), (fields) => logged.push(fields))
    expect(logged).toEqual([])
  })

  it.each(Object.keys(ERRORS) as ErrorCode[])(
    'of the code %s are problems with its status',
    async (code) => {
      const fault = { field: 'somewhere', message: 'is wrong' }
      const { status, headers, body } = await failing(
        new TollgateError(code, { detail: 'so it is', faults: [fault] }),
      )
      expect(status).toBe(ERRORS[code].status)
      expect(body).toMatchObject({
        type: `urn:tollgate:problem:${code.replaceAll('_', '-')}`,
        title: ERRORS[code].title,
        fix: FIXES[code],
        errors: [fault],
      })
      const waitingHelps = ['in_flight', 'too_many_attempts', 'overloaded', 'unavailable'].includes(
        code,
      )
      expect(headers.has('retry-after')).toBe(waitingHelps)
    },
  )
})
