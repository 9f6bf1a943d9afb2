import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'

const PATH = '/api/usage/events'
const ONE = { 'content-type': 'application/cloudevents+json; charset=utf-8' }
const BATCH = { 'content-type': 'application/cloudevents-batch+json' }

const event = (fields: Record<string, unknown> = {}) => ({
  specversion: '1.0',
  id: '1',
  source: '/structuring',
  type: 'structuring_diagnose',
  time: '2026-03-10T11:59:00Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { userId: 'user-7', properties: { complexity: 2 } },
  ...fields,
})

describe('CloudEvents 1.0', () => {
  const door = openDoor()
  const send = (headers: Record<string, string>, body: unknown, key?: string) =>
    door().send('POST', PATH, { ...(key === undefined ? {} : { key }), headers, body })

  it('record one event, and count it once', async () => {
    const { id, key } = await door().organization()
    expect((await send(ONE, event(), key)).body).toMatchObject({ accepted: 1, duplicates: 0 })
    expect((await send(ONE, event(), key)).body).toMatchObject({ accepted: 0, duplicates: 1 })
    expect((await door().tollgate.usage.current({ organizationId: id })).month).toMatchObject({
      events: 1,
      credits: 20,
    })
  })

  it("use the source and the id as the event's id, so no two events share one", async () => {
    const { key } = await door().organization()
    const events = [
      event({ source: 'a', id: 'b/c' }),
      event({ source: 'a/b', id: 'c' }),
      event({ source: 'a', id: 'b%2Fc' }),
      event({ source: 'b', id: 'c' }),
    ]
    expect((await send(BATCH, events, key)).body).toMatchObject({ accepted: 4, duplicates: 0 })
    const native = { id: 'a/b%2Fc', eventType: 'structuring_diagnose' }
    const clash = await door().send('POST', PATH, { key, body: native })
    expect([clash.status, clash.body.errors[0].field]).toEqual([422, 'id'])
  })

  it('record the valid events of a batch, and name invalid ones by index and attribute', async () => {
    const { id, key } = await door().organization()
    const events = [
      event({ id: '0' }),
      event({ id: '1', type: 'nope' }),
      event({ id: '2', data: { quantities: { ai_calls: -1 } } }),
      event({ id: '3', specversion: '0.3' }),
      event({ id: '4', time: '99999-01-01T00:00:00Z' }),
      event({ id: '5', subject: 'somebody-else' }),
      event({ id: '6', data: { nonsense: 1 } }),
      event({ id: '7', data: { eventType: 'other', timestamp: 'now' } }),
      event({ id: '8', data: 'text' }),
      event({ id: '9', source: undefined }),
      'nothing',
      event({ id: '11', data: { backfill: true } }),
      event({ id: '12', subject: id }),
      event({ id: '13', data_base64: 'e30=' }),
      event({ id: '14', datacontenttype: 'application/xml' }),
      event({ id: '15', data: undefined }),
    ]
    const { status, body } = await send(BATCH, events, key)
    expect(status).toBe(200)
    expect(body.accepted).toBe(3)
    expect(
      body.rejected.map(({ index, field }: { index: number; field: string }) => [index, field]),
    ).toEqual([
      [1, 'type'],
      [2, 'data.quantities.ai_calls'],
      [3, 'specversion'],
      [4, 'time'],
      [5, 'subject'],
      [6, 'data.nonsense'],
      [7, 'data.eventType'],
      [7, 'data.timestamp'],
      [8, 'data'],
      [9, 'source'],
      [10, 'event'],
      [11, 'data.backfill'],
      [13, 'data_base64'],
      [14, 'datacontenttype'],
    ])
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(3)
  })

  it('use the subject as the organization for the administrator', async () => {
    const { id } = await door().organization()
    expect((await send(ONE, event({ subject: id }))).body.accepted).toBe(1)
    const none = await send(ONE, event())
    expect([none.status, none.body.errors[0].field]).toEqual([400, 'subject'])
  })

  it('treat a null attribute as missing', async () => {
    const { id, key } = await door().organization()
    const unset = { time: null, subject: null, datacontenttype: null, data: null, dataschema: null }
    expect((await send(ONE, event(unset), key)).body).toMatchObject({ accepted: 1 })
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(1)
    const { status, body } = await send(ONE, event({ id: null }), key)
    expect([status, body.errors]).toEqual([400, [{ field: 'id', message: 'is required' }]])
  })

  it('record one event with attributes in headers', async () => {
    const { id, key } = await door().organization()
    const headers = {
      'ce-specversion': '1.0',
      'ce-id': 'caf%C3%A9',
      'ce-source': '/structuring',
      'ce-type': 'structuring_diagnose',
      'ce-time': '2026-03-10T11:59:00Z',
    }
    const body = { properties: { complexity: 2 } }
    expect((await send(headers, body, key)).body.accepted).toBe(1)
    expect((await send(ONE, event({ id: 'café', data: body }), key)).body.duplicates).toBe(1)
    const bare = await door().send('POST', PATH, { key, headers: { ...headers, 'ce-id': '2' } })
    expect(bare.body).toMatchObject({ accepted: 1 })
    expect((await door().tollgate.usage.current({ organizationId: id })).month).toMatchObject({
      events: 2,
      credits: 30,
    })
  })

  it('accept an empty batch, and record nothing', async () => {
    const { key } = await door().organization()
    const { status, body } = await send(BATCH, [], key)
    expect([status, body]).toEqual([200, { accepted: 0, duplicates: 0, rejected: [] }])
  })

  it('remove quotes from header attributes, and percent-decode them once', async () => {
    const { key } = await door().organization()
    const of = (id: string, source = '/structuring') => ({
      'ce-specversion': '1.0',
      'ce-type': 'structuring_diagnose',
      'ce-id': id,
      'ce-source': source,
    })
    const same = event({ id: 'Euro € 😀', data: {} })
    expect((await send(of('Euro%20%E2%82%AC%20%F0%9F%98%80'), {}, key)).body.accepted).toBe(1)
    expect((await send(ONE, same, key)).body.duplicates).toBe(1)
    expect((await send(of('"say \\"hi\\""'), {}, key)).body.accepted).toBe(1)
    expect((await send(ONE, event({ id: 'say "hi"', data: {} }), key)).body.duplicates).toBe(1)
    expect((await send(of('100%'), {}, key)).body.accepted).toBe(1)
    expect((await send(ONE, event({ id: '100%', data: {} }), key)).body.duplicates).toBe(1)
    expect((await send(of('%2525'), {}, key)).body.accepted).toBe(1)
    expect((await send(ONE, event({ id: '%25', data: {} }), key)).body.duplicates).toBe(1)
  })

  it.each(['application/vnd.acme+json', 'application/cloudevents-data+json; v=1', 'text/json'])(
    'treat data of type %s as JSON',
    async (type) => {
      const { key } = await door().organization()
      const attributes = {
        'ce-specversion': '1.0',
        'ce-id': '1',
        'ce-source': 'a',
        'ce-type': 'structuring_diagnose',
        'content-type': type,
      }
      const data = { properties: { complexity: 2 } }
      expect((await send(attributes, data, key)).body.accepted).toBe(1)
      const whole = event({ source: 'a', datacontenttype: type, data })
      expect((await send(ONE, whole, key)).body.duplicates).toBe(1)
    },
  )

  it('accept JSON data in base64', async () => {
    const { key } = await door().organization()
    const data = { properties: { complexity: 2 } }
    const encoded = Buffer.from(JSON.stringify(data)).toString('base64')
    await send(ONE, event({ data }), key)
    const { body } = await send(ONE, event({ data: undefined, data_base64: encoded }), key)
    expect(body.duplicates).toBe(1)
  })

  it('count an id once even if it is too long together with its source', async () => {
    const { key } = await door().organization()
    const long = { id: 'x'.repeat(300), source: `https://acme.example/${'y'.repeat(300)}` }
    expect((await send(ONE, event(long), key)).body.accepted).toBe(1)
    expect((await send(ONE, event(long), key)).body.duplicates).toBe(1)
    expect((await send(ONE, event({ ...long, id: `${long.id}z` }), key)).body.accepted).toBe(1)
  })

  const headers = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-type': 'x', 'ce-source': 'y' }
  const without = (name: string) =>
    Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name))

  it.each<[string, Record<string, string>, unknown, number, string]>([
    ['headers without a version', without('ce-specversion'), {}, 400, 'specversion'],
    ['headers without an id', without('ce-id'), {}, 400, 'id'],
    ['data in text', { ...headers, 'content-type': 'text/plain' }, 'hello', 400, 'datacontenttype'],
    ['data that is cut off', headers, '{"a":', 400, 'body'],
    ['a list that is called one event', ONE, [event()], 400, 'body'],
    ['an empty body', ONE, '', 400, 'body'],
    ['NaN', ONE, 'NaN', 400, 'body'],
    ['an id that is no UTF-8', { ...headers, 'ce-id': 'x%C0%A0' }, {}, 400, 'ce-id'],
    ['a source that is no UTF-8', { ...headers, 'ce-source': '%FF' }, {}, 400, 'ce-source'],
    [
      'data that is no base64 of JSON',
      ONE,
      event({ data: undefined, data_base64: '!' }),
      400,
      'data_base64',
    ],
    ['no id but in `__proto__`', ONE, withPrototype('"source":"a","type":"b"'), 400, 'id'],
    [
      'a `__proto__` key in its data',
      ONE,
      '{"specversion":"1.0","id":"1","source":"a","type":"b","data":{"__proto__":{}}}',
      400,
      'data.__proto__',
    ],
    ['an event that is called a batch', BATCH, event(), 400, 'body'],
    ['a batch of 1,001', BATCH, Array.from({ length: 1_001 }, () => 1), 400, 'body'],
  ])('are refused with %s', async (_, sent, body, status, field) => {
    const { id, key } = await door().organization()
    const answer = await send(sent, body, key)
    expect(answer.status).toBe(status)
    expect(answer.body.errors[0].field).toBe(field)
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(0)
  })
})

const withPrototype = (fields: string): string =>
  `{"specversion":"1.0","__proto__":{"id":"1"},${fields}}`
