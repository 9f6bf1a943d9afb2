import { describe, expect, it } from 'vitest'
import { parseList } from '../core/structured-field.ts'
import { openDoor } from './door.ts'

describe("a decision's headers", () => {
  const door = openDoor()
  const chat = (tokens: number, more = {}) => ({
    body: { eventType: 'chat_message', quantities: { tokens }, ...more },
  })
  const names = (field: string | null) => parseList(field ?? '').map(({ value }) => value)

  it.each(['check', 'track', 'reservations'])('are on the answer of %s', async (verb) => {
    const { key } = await door().organization('rag-chatbot/trial')
    const { status, headers } = await door().send('POST', `/api/usage/${verb}`, {
      key,
      ...chat(600),
    })
    expect(status).toBe(200)
    expect(names(headers.get('ratelimit'))).toEqual(names(headers.get('ratelimit-policy')))
    expect(names(headers.get('ratelimit')).sort()).toEqual([
      'api_calls-minute',
      'chat_messages-day',
      'tokens-day',
    ])
    expect(headers.get('ratelimit')).toContain('"tokens-day";r=9400;t=43200')
    expect(headers.get('x-ratelimit-limit')).toBe('10000')
    expect(headers.get('x-ratelimit-remaining')).toBe('9400')
    expect(headers.get('x-ratelimit-reset')).toBe(String(Date.parse('2026-03-11') / 1_000))
    expect(headers.has('retry-after')).toBe(false)
  })

  it('are on the answer of an extension, for its amounts', async () => {
    const { key } = await door().organization('rag-chatbot/trial')
    const held = await door().send('POST', '/api/usage/reservations', { key, ...chat(600) })
    const path = `/api/usage/reservations/${held.body.reservationId}/extend`
    const more = { key, body: { quantities: { tokens: 400 } } }
    const { headers } = await door().send('POST', path, more)
    expect(headers.get('ratelimit')).toBe('"tokens-day";r=9000;t=43200')
  })

  it('give the retry time of a refusal, never too early', async () => {
    const { key } = await door().organization('rag-chatbot/trial')
    const call = { key, body: { eventType: 'api_call' } }
    for (let made = 0; made < 30; made += 1) await door().send('POST', '/api/usage/track', call)
    const refused = await door().send('POST', '/api/usage/track', call)
    expect(refused.status).toBe(200)
    expect(refused.body).toMatchObject({ allowed: false, reason: 'rate_limited' })
    expect(names(refused.headers.get('ratelimit'))).toEqual(['api_calls-minute'])
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBe(refused.body.retryAfter)
    const [state] = parseList(refused.headers.get('ratelimit') ?? '')
    expect(state?.parameters.get('t')).toBeLessThanOrEqual(seconds)
    await door().clock.advance(seconds * 1_000)
    expect((await door().send('POST', '/api/usage/track', call)).body.allowed).toBe(true)
  })

  it('are absent on a replayed answer, because they would be outdated', async () => {
    const { key } = await door().organization('rag-chatbot/trial')
    const call = { key, ...chat(600, { id: 'once' }) }
    await door().send('POST', '/api/usage/track', call)
    const { headers } = await door().send('POST', '/api/usage/track', call)
    expect(headers.get('idempotency-replayed')).toBe('true')
    expect(headers.has('ratelimit')).toBe(false)
  })

  it.each(['api-platform/pro', 'ai-workspace/enterprise'])(
    'state what %s includes, even if nothing refuses, on every answer to a key',
    async (plan) => {
      const { id, key } = await door().organization(plan)
      const eventType = plan.startsWith('api') ? 'api_call' : 'write_draft'
      const body = { eventType }
      const tracked = await door().send('POST', '/api/usage/track', { key, body })
      const most = tracked.headers.get('x-ratelimit-limit')
      expect(Number(most)).toBeGreaterThan(0)
      expect(tracked.headers.has('ratelimit')).toBe(false)
      await door().clock.advance(1_000)
      for (const [method, path, sent] of [
        ['POST', '/api/usage/events', body],
        ['GET', `/api/usage/current`],
        ['GET', '/api/usage/decisions/none'],
      ] as const) {
        const { headers } = await door().send(method, path, { key, body: sent })
        const [limit, remaining] = ['limit', 'remaining'].map((name) =>
          Number(headers.get(`x-ratelimit-${name}`)),
        )
        expect(limit).toBeGreaterThan(0)
        expect(remaining).toBeLessThanOrEqual(limit as number)
        expect(headers.has('x-ratelimit-reset')).toBe(true)
      }
      const admins = await door().send('GET', `/api/usage/current?organizationId=${id}`)
      expect(admins.headers.has('x-ratelimit-limit')).toBe(false)
    },
  )

  it("never state more remaining than the rate's own quota", async () => {
    const { id, key } = await door().organization('rag-chatbot/enterprise')
    await door().tollgate.limits.override({
      organizationId: id,
      meter: 'api_calls',
      window: 'minute',
      max: 10,
      burst: 20,
      behavior: 'hard',
      reason: 'test',
    })
    const call = { key, body: { eventType: 'api_call' } }
    const { headers, body } = await door().send('POST', '/api/usage/track', call)
    expect(headers.get('ratelimit-policy')).toBe('"api_calls-minute";q=20;w=120')
    expect(headers.get('ratelimit')).toContain('r=19')
    expect(headers.get('x-ratelimit-limit')).toBe('20')
    expect(headers.get('x-ratelimit-remaining')).toBe('19')
    expect(body.limits).toMatchObject([{ max: 10, burst: 20, remaining: 19 }])
    await door().clock.advance(1_000)
    const read = await door().send('GET', `/api/usage/current`, { key })
    expect(read.headers.get('x-ratelimit-limit')).toBe('20')
  })

  it('are absent if nothing is limited', async () => {
    const { key } = await door().organization('rag-chatbot/enterprise')
    const { headers } = await door().send('POST', '/api/usage/track', { key, ...chat(600) })
    expect([...headers.keys()].filter((name) => name.includes('ratelimit'))).toEqual([])
  })

  it('are in the reference, with Retry-After for problems with a retry time', async () => {
    const { body } = await door().send('GET', '/openapi.json', { key: null })
    for (const path of ['check', 'track', 'reservations', 'reservations/{reservationId}/extend']) {
      const { responses } = body.paths[`/api/usage/${path}`].post
      expect(Object.keys(responses[200].headers)).toContain('RateLimit-Policy')
      expect(Object.keys(responses[503].headers)).toEqual(['Retry-After'])
      expect(responses[400]).not.toHaveProperty('headers')
    }
  })
})
