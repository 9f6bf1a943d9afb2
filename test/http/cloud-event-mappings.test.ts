import { beforeAll, describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'

const PATH = '/api/usage/events'
const ONE = { 'content-type': 'application/cloudevents+json' }

const catalog = {
  key: 'mapped',
  name: 'Mapped',
  meters: [
    { key: 'tokens', unit: 'token', aggregation: 'sum' },
    { key: 'calls', unit: 'call', aggregation: 'count' },
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
  ],
  eventTypes: [
    {
      key: 'request',
      name: 'Request',
      category: 'api',
      baseCredits: 0,
      meters: { calls: 1 },
    },
    {
      key: 'prompt',
      name: 'Prompt',
      category: 'chat',
      baseCredits: 1,
      multipliers: ['weight'],
      meters: { tokens: 'quantity' },
    },
  ],
  plans: [{ key: 'open', name: 'Open', monthlyPriceUsd: 0, limits: [] }],
  cloudEvents: [
    {
      type: 'request',
      eventType: 'request',
      organizationId: 'subject',
      fields: { method: '$.method', endpoint: '$.route', durationMs: '$.duration_ms' },
    },
    {
      type: 'prompt',
      where: { '$.type': 'input' },
      eventType: 'prompt',
      organizationId: 'subject',
      fields: { model: '$.model', inputTokens: '$.tokens' },
      quantities: { tokens: '$.tokens' },
      properties: { weight: '$.usage[0].weight' },
    },
    { type: 'com.github.pull_request.opened', eventType: 'request', fields: { userId: 'subject' } },
  ],
}

describe('CloudEvents mapped by a catalog', () => {
  const door = openDoor()
  const send = (body: unknown, key?: string) =>
    door().send('POST', PATH, { ...(key === undefined ? {} : { key }), headers: ONE, body })
  beforeAll(async () => {
    await door().tollgate.catalog.apply({ document: catalog as never })
    await door().tollgate.organizations.create({
      id: 'customer-1',
      name: 'C',
      plan: 'mapped/open',
      startsAt: '2026-03-01T00:00:00Z',
    })
  })
  const events = async (organizationId: string) =>
    (await door().tollgate.usage.history({ organizationId, sort: 'occurredAt' })).events

  it("accept OpenMeter's own examples unchanged: numbers as text, the subject a customer", async () => {
    const request = {
      specversion: '1.0',
      type: 'request',
      id: '00001',
      time: '2026-03-10T11:00:00.001Z',
      source: 'service-0',
      subject: 'customer-1',
      data: { method: 'GET', route: '/hello', duration_ms: '10' },
    }
    const prompt = {
      specversion: '1.0',
      type: 'prompt',
      id: '2',
      source: 'my-app',
      subject: 'customer-1',
      time: '2026-03-10T11:30:00Z',
      data: { tokens: '123', model: 'gpt-4o', type: 'input', usage: [{ weight: '2' }] },
    }
    expect((await send(request)).body).toMatchObject({ accepted: 1 })
    expect((await send(prompt)).body).toMatchObject({ accepted: 1 })
    expect(await events('customer-1')).toMatchObject([
      { eventType: 'request', method: 'GET', endpoint: '/hello', durationMs: 10 },
      {
        eventType: 'prompt',
        model: 'gpt-4o',
        inputTokens: 123,
        credits: 2,
        quantities: { tokens: 123 },
      },
    ])
  })

  it('accept data that is not JSON if the mapping reads none of it', async () => {
    const { id, key } = await door().organization('mapped/open')
    const opened = {
      specversion: '1.0',
      type: 'com.github.pull_request.opened',
      source: 'https://github.com/cloudevents/spec/pull',
      subject: '123',
      id: 'A234-1234-1234',
      comexampleextension1: 'value',
      comexampleothervalue: 5,
      datacontenttype: 'text/xml',
      data: '<much wow="xml"/>',
    }
    expect((await send(opened, key)).body).toMatchObject({ accepted: 1 })
    expect(await events(id)).toMatchObject([{ eventType: 'request', userId: '123' }])
  })

  it('are refused by the name of the wrong part, and stay unmapped if no mapping fits', async () => {
    const { key } = await door().organization('mapped/open')
    const prompt = (data: object) => ({
      specversion: '1.0',
      type: 'prompt',
      id: '1',
      source: 'a',
      data,
    })
    const wrong = await send(prompt({ type: 'input', tokens: 'many' }), key)
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'data.tokens'])
    const other = await send(prompt({ type: 'output', tokens: 5 }), key)
    expect([other.status, other.body.errors[0].field]).toEqual([400, 'data.type'])
    const hidden = { ...prompt({ type: 'input' }), subject: 'customer-1' }
    const answer = await send(hidden, key)
    expect([answer.status, answer.body.errors[0].field]).toEqual([404, 'subject'])
  })

  it('have catalog faults by name', async () => {
    const mappings = [
      { type: 'a', eventType: 'nope' },
      { type: 'b', eventType: 'request', quantities: { tokens: '$.t' } },
      { type: 'b', eventType: 'request' },
      { type: 'c', eventType: 'request', fields: { endpoint: '$.a..b' } },
    ]
    const failed = await door()
      .tollgate.catalog.apply({ document: { ...catalog, cloudEvents: mappings } as never })
      .catch((error) => error)
    expect(failed.faults.map(({ field }: { field: string }) => field).sort()).toEqual([
      'cloudEvents[0].eventType',
      'cloudEvents[1].quantities.tokens',
      'cloudEvents[2].type',
      'cloudEvents[3].fields.endpoint',
    ])
  })
})
