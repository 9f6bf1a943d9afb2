import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'
import { BODIES, FIELDS, GOOD } from './malformed-inputs.ts'

describe.each([
  '/api/usage/events',
  '/api/usage/track',
  '/api/usage/check',
  '/api/usage/reservations',
])('malformed input to %s', (path) => {
  const door = openDoor()

  it.each([...BODIES, ...FIELDS])(
    '$name is refused by the field $field, and nothing is recorded',
    async ({ send, status = 400, code = 'invalid_request', field }) => {
      const { id, key } = await door().organization()
      const { status: given, headers, body } = await door().send('POST', path, { key, ...send })
      expect(given).toBe(status)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(body).toMatchObject({ status, code, instance: path })
      expect(body.requestId).toBe(headers.get('x-request-id'))
      expect(body.errors.map((fault: { field: string }) => fault.field)).toContain(field)
      expect(Object.getPrototypeOf({})).not.toHaveProperty('backfill')
      const { month } = await door().tollgate.usage.current({ organizationId: id })
      expect(month).toMatchObject({ events: 0, credits: 0 })
    },
  )

  it('is reported with all faults together', async () => {
    const { key } = await door().organization()
    const body = { eventType: 5, inputTokens: -1, nonsense: true }
    const { body: problem } = await door().send('POST', path, { key, body })
    const fields = problem.errors.map((fault: { field: string }) => fault.field)
    expect(fields.sort()).toEqual(['eventType', 'inputTokens', 'nonsense'])
  })

  it('does not include text that looks like SQL or HTML, which is stored as text', async () => {
    const { key } = await door().organization()
    const userId = `'; drop table organizations; -- <script>alert(1)</script> \u202Eشكرا`
    const { status } = await door().send('POST', path, { key, body: { ...GOOD, userId } })
    expect(status).toBe(200)
    expect((await door().send('GET', '/api/usage/current', { key })).status).toBe(200)
  })

  it('with bytes that are no UTF-8 is refused by the field body', async () => {
    const { key } = await door().organization()
    const response = await door().handler(
      new Request(`http://tollgate.test${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      }),
    )
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      errors: [{ field: 'body', message: 'must be UTF-8' }],
    })
  })

  it('with a long body without a declared length is refused before it is all read', async () => {
    const { key } = await door().organization()
    const chunk = new TextEncoder().encode('x'.repeat(65_536))
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent += chunk.length
        controller.enqueue(chunk)
      },
    })
    const response = await door().handler(
      new Request(`http://tollgate.test${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: endless,
        duplex: 'half',
      } as RequestInit),
    )
    expect(response.status).toBe(413)
    expect(sent).toBeLessThan(1_048_576 + 3 * chunk.length)
  })

  it('with a declared length that is too long is refused unread', async () => {
    const { key } = await door().organization()
    const headers = { 'content-length': '1048577' }
    const { status, body } = await door().send('POST', path, { key, body: GOOD, headers })
    expect([status, body.errors[0].field]).toEqual([413, 'body'])
  })

  it('with an `Idempotency-Key` that differs from the id is refused by the id', async () => {
    const { key } = await door().organization()
    const headers = { 'idempotency-key': 'one' }
    const other = await door().send('POST', path, { key, body: { ...GOOD, id: 'two' }, headers })
    expect([other.status, other.body.errors[0].field]).toEqual([400, 'id'])
    const same = await door().send('POST', path, { key, body: { ...GOOD, id: 'one' }, headers })
    expect(same.status).toBe(200)
  })

  it.each(['x'.repeat(256), ''])(
    'with an `Idempotency-Key` of a wrong length is refused',
    async (long) => {
      const { key } = await door().organization()
      const headers = { 'idempotency-key': long }
      const { status, body } = await door().send('POST', path, { key, body: GOOD, headers })
      expect([status, body.errors[0].field]).toEqual([400, 'Idempotency-Key'])
    },
  )
})

describe('an undecidable call', () => {
  const door = openDoor()
  const gate = ['/api/usage/track', '/api/usage/check', '/api/usage/reservations']

  it.each(gate)('to %s with an unknown event type is refused by its name', async (path) => {
    const { key } = await door().organization()
    const { status, body } = await door().send('POST', path, { key, body: { eventType: 'nope' } })
    expect(status).toBe(422)
    expect(body).toMatchObject({
      code: 'unprocessable',
      reason: 'unknown_event_type',
      errors: [{ field: 'eventType' }],
      decision: { allowed: false, reason: 'unknown_event_type' },
    })
  })

  it.each(gate)('to %s with a deactivated event type is refused by its name', async (path) => {
    const { key } = await door().organization()
    await door().tollgate.eventRegistry.deactivate('ai-workspace/generate_slides')
    const event = { eventType: 'generate_slides' }
    const { status, body } = await door().send('POST', path, { key, body: event })
    expect([status, body.reason, body.errors[0].field]).toEqual([
      422,
      'inactive_event_type',
      'eventType',
    ])
  })

  it.each(gate)('to %s with an unknown organization is refused by its name', async (path) => {
    const event = { ...GOOD, organizationId: 'nobody' }
    const { status, body } = await door().send('POST', path, { body: event })
    expect([status, body.reason, body.errors[0].field]).toEqual([
      422,
      'unknown_organization',
      'organizationId',
    ])
  })

  it('with an unknown type or organization in a batch is refused by the field', async () => {
    const { key } = await door().organization()
    const unknown = { eventType: 'nope' }
    const { status, body } = await door().send('POST', '/api/usage/events', { key, body: unknown })
    expect([status, body.errors[0].field]).toEqual([422, 'eventType'])
    const nobody = await door().send('POST', '/api/usage/events', {
      body: { ...GOOD, organizationId: 'nobody' },
    })
    expect([nobody.status, nobody.body.errors[0].field]).toEqual([422, 'organizationId'])
  })
})
