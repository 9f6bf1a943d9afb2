import { describe, expect, it } from 'vitest'
import { createDemoMode } from '../../src/engine/demo/demo-mode.ts'
import { createHandler, type DemoMode } from '../../src/server.ts'
import { openDoor, sender } from './door.ts'

const PATH = '/api/demo/track-usage'
const event = {
  organizationId: 'org-1',
  eventType: 'structuring_diagnose',
  eventData: { complexity: 2, echo: true, traceback: true },
}

describe('POST /api/demo/track-usage', () => {
  const door = openDoor()
  /** The demo of a real engine, called from this address under this host name. */
  const demoFor = (address: string | undefined, host = '127.0.0.1:4000') => {
    const { tollgate } = door()
    const demo: DemoMode = createDemoMode(tollgate)
    const handler = createHandler(tollgate, { demo, clientAddress: () => address })
    return sender(handler, `http://${host}`)
  }
  let made = 0
  /** An organization created by the demo. */
  const organization = async (plan = 'ai-workspace/starter') => {
    made += 1
    const id = `demo-${made}`
    await door().tollgate.organizations.create({ id, name: id, plan }, { actor: 'demo' })
    return { id }
  }

  it('prices and tracks without a key, on the same machine', async () => {
    const { id } = await organization('ai-workspace/starter')
    const body = { ...event, organizationId: id }
    const { status, body: decision } = await demoFor('127.0.0.1')('POST', PATH, { key: null, body })
    expect(status).toBe(200)
    expect(decision).toMatchObject({
      allowed: true,
      usage: { creditsConsumed: 28, remainingCredits: 9_972, usageEventId: expect.any(String) },
    })
    expect((await door().tollgate.usage.current({ organizationId: id })).month).toMatchObject({
      events: 1,
      credits: 28,
    })
  })

  it("accepts a call's quantities and tokens in its data", async () => {
    const { id } = await organization('rag-chatbot/trial')
    const body = {
      organizationId: id,
      eventType: 'chat_message',
      eventData: {
        provider: 'openai',
        model: 'gpt-4o',
        inputTokens: 100,
        outputTokens: 20,
        mood: 'good',
      },
    }
    expect((await demoFor('::1')('POST', PATH, { key: null, body })).status).toBe(200)
    const { month } = await door().tollgate.usage.current({ organizationId: id })
    expect(month).toMatchObject({ inputTokens: 100, outputTokens: 20, meters: { tokens: 120 } })
    const quantities = { ...body, eventData: { quantities: { tokens: 9_881 } } }
    const refused = await demoFor('::1')('POST', PATH, { key: null, body: quantities })
    expect([refused.status, refused.body.reason]).toEqual([200, 'limit_exceeded'])
  })

  it('does not exist outside demo mode', async () => {
    const { status, body } = await door().send('POST', PATH, { body: event })
    expect([status, body.code]).toEqual([404, 'not_found'])
  })

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
    'answers a client at %s',
    async (address) => {
      const { id } = await organization()
      const body = { ...event, organizationId: id }
      expect((await demoFor(address)('POST', PATH, { key: null, body })).status).toBe(200)
    },
  )

  it.each([
    undefined,
    '',
    '10.0.0.1',
    '192.168.1.7',
    '::2',
    '127.0.0.1.example.com',
    '::ffff:10.0.0.1',
  ])('answers no client at %s, whatever its key', async (address) => {
    const { status, body } = await demoFor(address)('POST', PATH, { body: event })
    expect([status, body.code]).toEqual([403, 'forbidden'])
  })

  it.each([
    ...['x-forwarded-for', 'forwarded', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'],
    ...['via', 'cf-connecting-ip', 'true-client-ip', 'fly-client-ip', 'x-client-ip'],
    ...['x-envoy-external-address', 'x-amzn-trace-id', 'x-request-id', 'x-of-tomorrow'],
  ])('answers nobody behind a proxy on this machine: %s', async (header) => {
    const { id } = await organization()
    const sent = { headers: { [header]: '127.0.0.1' }, body: { ...event, organizationId: id } }
    const { status, body } = await demoFor('127.0.0.1')('POST', PATH, sent)
    expect([status, body.detail]).toEqual([
      403,
      `The demo answers only to clients on its own machine: the header ${header} may come from a proxy.`,
    ])
  })

  it.each([
    ['evil.example', {}],
    ['evil.example', { origin: 'http://evil.example' }],
    ['127.0.0.1.evil.example:4000', {}],
    ['localhost.evil.example', {}],
    ['10.0.0.1', {}],
    ['127.0.0.1:4000', { host: 'evil.example' }],
    ['127.0.0.1:4000', { origin: 'http://evil.example' }],
    ['127.0.0.1:4000', { origin: 'http://127.0.0.1:8080' }],
    ['127.0.0.1:4000', { origin: 'null' }],
    ['127.0.0.1:4000', { 'sec-fetch-site': 'cross-site' }],
    ['127.0.0.1:4000', { 'sec-fetch-site': 'same-site' }],
  ])('answers no page of another site: at %s with %j', async (host, headers) => {
    const { id } = await organization()
    const body = { ...event, organizationId: id }
    const { status } = await demoFor('127.0.0.1', host)('POST', PATH, { key: null, headers, body })
    expect(status).toBe(403)
  })

  it.each([
    ['localhost:4000', { origin: 'http://localhost:4000', 'sec-fetch-site': 'same-origin' }],
    ['[::1]:4000', {}],
    ['127.0.0.1', { 'user-agent': 'curl/8.5.0', accept: '*/*' }],
  ])('answers local requests: at %s with %j', async (host, headers) => {
    const { id } = await organization()
    const body = { ...event, organizationId: id }
    const { status } = await demoFor('127.0.0.1', host)('POST', PATH, { key: null, headers, body })
    expect(status).toBe(200)
  })

  it('serves only organizations that the demo created, and reveals no others', async () => {
    const { id } = await door().organization()
    const answers = []
    for (const organizationId of [id, 'nobody', '', 'No Such Name']) {
      const body = { ...event, organizationId }
      answers.push((await demoFor('127.0.0.1')('POST', PATH, { key: null, body })).body)
    }
    for (const { requestId: _, ...problem } of answers) {
      const { requestId: _id, ...first } = answers[0]
      expect(problem).toEqual(first)
    }
    expect(answers[0]).toMatchObject({ status: 403, errors: [{ field: 'organizationId' }] })
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(0)
  })

  it('creates the organization `test` on request, and never takes over an existing one', async () => {
    const body = { ...event, organizationId: 'test' }
    const tracked = await demoFor('127.0.0.1')('POST', PATH, { key: null, body })
    expect([tracked.status, tracked.body.allowed]).toEqual([200, true])
    expect((await demoFor('127.0.0.1')('POST', PATH, { key: null, body })).status).toBe(200)
  })

  it('cannot be called by a web form', async () => {
    const headers = { 'content-type': 'text/plain' }
    const { status } = await demoFor('127.0.0.1')('POST', PATH, { headers, body: event })
    expect(status).toBe(415)
  })

  it.each([
    [400, 'organizationId', { ...event, organizationId: undefined }],
    [400, 'eventType', { ...event, eventType: 5 }],
    [400, 'eventData', { ...event, eventData: 'complex' }],
    [400, 'more', { ...event, more: 1 }],
    [400, 'eventData.complexity', { ...event, eventData: { complexity: 1e308 } }],
    [
      400,
      'eventData.quantities.ai_calls',
      { ...event, eventData: { quantities: { ai_calls: -1 } } },
    ],
    [422, 'eventType', { ...event, eventType: 'nope' }],
    [403, 'organizationId', { ...event, organizationId: 'nobody' }],
  ])('answers %i and names %s: %j', async (status, field, wrong) => {
    const { id } = await organization()
    const isOwn = wrong.organizationId === event.organizationId
    const body = isOwn ? { ...wrong, organizationId: id } : wrong
    const answer = await demoFor('127.0.0.1')('POST', PATH, { key: null, body })
    expect(answer.status).toBe(status)
    expect(answer.body.errors[0].field).toBe(field)
  })

  it('rejects a `__proto__` key instead of dropping it', async () => {
    const { id } = await organization()
    const data = `"organizationId":"${id}","eventType":"structuring_diagnose"`
    for (const [body, field] of [
      [`{${data},"__proto__":{}}`, '__proto__'],
      [`{${data},"eventData":{"__proto__":{"complexity":0}}}`, 'eventData.__proto__'],
    ]) {
      const answer = await demoFor('127.0.0.1')('POST', PATH, { key: null, body })
      expect([answer.status, answer.body.errors[0].field]).toEqual([400, field])
    }
  })
})
