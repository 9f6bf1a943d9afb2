import { describe, expect, it } from 'vitest'
import { openDoor } from './door.ts'

describe('reservations over HTTP', () => {
  const door = openDoor()
  const post = (path: string, key: string, body?: unknown) =>
    door().send('POST', `/api/usage/reservations${path}`, { key, body })
  const chat = { eventType: 'chat_message', estimate: { tokens: 1_000 } }

  it('hold an estimate, extend, and settle the actual use', async () => {
    const { id, key } = await door().organization('rag-chatbot/trial')
    const held = await post('', key, { ...chat, expiresInMs: 60_000 })
    expect(held.status).toBe(200)
    expect(held.body).toMatchObject({ allowed: true, expiresAt: '2026-03-10T12:01:00.000Z' })
    const { reservationId } = held.body
    const grown = await post(`/${reservationId}/extend`, key, { quantities: { tokens: 500 } })
    expect(grown.status).toBe(200)
    expect(grown.body).toMatchObject({ allowed: true, reservationId })
    const settled = await post(`/${reservationId}/settle`, key, {
      inputTokens: 900,
      outputTokens: 800,
    })
    expect(settled.status).toBe(200)
    expect(settled.body).toMatchObject({
      state: 'settled',
      organizationId: id,
      settled: { tokens: 1_700 },
      overshoot: { tokens: 200 },
    })
    const again = await post(`/${reservationId}/settle`, key, { inputTokens: 1 })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.body).toEqual(settled.body)
  })

  it('return a refusal as an answer without a reservation', async () => {
    const { key } = await door().organization('rag-chatbot/trial')
    const { status, body } = await post('', key, { ...chat, estimate: { tokens: 10_001 } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ allowed: false, reservationId: null, expiresAt: null })
  })

  it('release everything, and repeat the release safely', async () => {
    const { id, key } = await door().organization('rag-chatbot/trial')
    const { reservationId } = (await post('', key, chat)).body
    for (const _ of [1, 2]) {
      const { status, body } = await post(`/${reservationId}/release`, key)
      expect([status, body.state]).toEqual([200, 'released'])
    }
    const { limits } = await door().tollgate.usage.current({ organizationId: id })
    expect(limits.find(({ limit }) => limit === 'tokens/day')).toMatchObject({ used: 0, held: 0 })
    const settled = await post(`/${reservationId}/settle`, key, { quantities: { tokens: 1 } })
    expect([settled.status, settled.body.code]).toEqual([409, 'reservation_ended'])
  })

  it('can be ended by the administrator with the organization in the query', async () => {
    const { id, key } = await door().organization('rag-chatbot/trial')
    const { reservationId } = (await post('', key, chat)).body
    const path = `/api/usage/reservations/${reservationId}/settle?organizationId=${id}`
    const { status, body } = await door().send('POST', path, {
      body: { quantities: { tokens: 7 } },
    })
    expect([status, body.settled.tokens]).toEqual([200, 7])
  })

  it.each([
    ['settle', { quantities: { tokens: -1 } }, 'quantities.tokens'],
    ['settle', { inputTokens: 1e308 }, 'inputTokens'],
    ['settle', { organizationId: 'acme' }, 'organizationId'],
    ['settle', '{"__proto__":{}}', '__proto__'],
    ['settle', undefined, 'body'],
    ['extend', { expiresInMs: 1 }, 'expiresInMs'],
    ['extend', { quantities: [] }, 'quantities'],
    ['extend', undefined, 'body'],
  ])('%s refuses %j by the field %s', async (verb, body, field) => {
    const { key } = await door().organization('rag-chatbot/trial')
    const { reservationId } = (await post('', key, chat)).body
    const { status, body: problem } = await post(`/${reservationId}/${verb}`, key, body)
    expect([status, problem.errors[0].field]).toEqual([400, field])
  })

  it.each(['nonsense', '00000000-0000-7000-8000-000000000000', `${'x'.repeat(255)}`])(
    'get 404 with an unknown id: %s',
    async (id) => {
      const { key } = await door().organization('rag-chatbot/trial')
      for (const verb of ['extend', 'settle', 'release']) {
        const { status, body } = await post(
          `/${id}/${verb}`,
          key,
          verb === 'release' ? undefined : {},
        )
        expect([status, body.code]).toEqual([404, 'not_found'])
      }
    },
  )

  it('get 404 with an impossible id', async () => {
    const { key } = await door().organization('rag-chatbot/trial')
    for (const id of ['x'.repeat(256), 'a%00b']) {
      const { status, body } = await post(`/${id}/settle`, key, {})
      expect([status, body.code]).toEqual([404, 'not_found'])
    }
  })
})
