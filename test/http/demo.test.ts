import { describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
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
  /** The demo of a real engine, to a client with this address. */
  const demoFor = (address: string | undefined, tollgate: TollgateEngine = door().tollgate) => {
    const demo: DemoMode = createDemoMode(tollgate)
    return sender(createHandler(tollgate, { demo, clientAddress: () => address }))
  }

  it('prices and tracks without a key, on the same machine', async () => {
    const { id } = await door().organization('ai-workspace/starter')
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

  it('takes the quantities and tokens of a call among its data', async () => {
    const { id } = await door().organization('rag-chatbot/trial')
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

  it('does not exist outside of demo mode', async () => {
    const { status, body } = await door().send('POST', PATH, { body: event })
    expect([status, body.code]).toEqual([404, 'not_found'])
  })

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])(
    'answers to a client at %s',
    async (address) => {
      const { id } = await door().organization()
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
  ])('answers to no client at %s, whatever its key', async (address) => {
    const { status, body } = await demoFor(address)('POST', PATH, { body: event })
    expect([status, body.code]).toEqual([403, 'forbidden'])
  })

  it.each(['x-forwarded-for', 'forwarded'])(
    'answers to nobody who comes through a proxy of this machine: %s',
    async (header) => {
      const headers = { [header]: '127.0.0.1' }
      const { status } = await demoFor('127.0.0.1')('POST', PATH, { headers, body: event })
      expect(status).toBe(403)
    },
  )

  it('cannot be reached by a form of a web page', async () => {
    const headers = { 'content-type': 'text/plain' }
    const { status } = await demoFor('127.0.0.1')('POST', PATH, { headers, body: event })
    expect(status).toBe(415)
  })

  it.each([
    [400, 'organizationId', { ...event, organizationId: undefined }],
    [400, 'eventType', { ...event, eventType: 5 }],
    [400, 'eventData', { ...event, eventData: 'complex' }],
    [400, 'more', { ...event, more: 1 }],
    [400, 'properties.complexity', { ...event, eventData: { complexity: 1e308 } }],
    [400, 'quantities.ai_calls', { ...event, eventData: { quantities: { ai_calls: -1 } } }],
    [422, 'eventType', { ...event, eventType: 'nope' }],
    [422, 'organizationId', { ...event, organizationId: 'nobody' }],
  ])('answers %i and names %s: %j', async (status, field, body) => {
    await door().organization()
    const answer = await demoFor('127.0.0.1')('POST', PATH, { key: null, body })
    expect(answer.status).toBe(status)
    expect(answer.body.errors[0].field).toBe(field)
  })

  it('lets no `__proto__` key vanish', async () => {
    const data = '"organizationId":"org-1","eventType":"structuring_diagnose"'
    for (const [body, field] of [
      [`{${data},"__proto__":{}}`, '__proto__'],
      [`{${data},"eventData":{"__proto__":{"complexity":0}}}`, 'properties.__proto__'],
    ]) {
      const answer = await demoFor('127.0.0.1')('POST', PATH, { key: null, body })
      expect([answer.status, answer.body.errors[0].field]).toEqual([400, field])
    }
  })
})
