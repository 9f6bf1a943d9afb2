import { describe, expect, it } from 'vitest'
import { plumbingOf } from '../../src/engine/plumbing.ts'
import { openDoor } from './door.ts'

const DIAGNOSIS = {
  eventType: 'structuring_diagnose',
  properties: { complexity: 2, echo: true, traceback: true },
}

describe('POST /api/usage/track and /check', () => {
  const door = openDoor()

  it('prices a call, records it and states the rest', async () => {
    const { key } = await door().organization('ai-workspace/starter')
    const { status, headers, body } = await door().send('POST', '/api/usage/track', {
      key,
      body: { ...DIAGNOSIS, id: 'first' },
    })
    expect(status).toBe(200)
    expect(headers.has('idempotency-replayed')).toBe(false)
    expect(body).toMatchObject({
      allowed: true,
      reason: null,
      credits: 28,
      usage: { creditsConsumed: 28, remainingCredits: 9_972, usageEventId: 'first' },
    })
  })

  it('check answers the same and uses nothing', async () => {
    const { id, key } = await door().organization('ai-workspace/starter')
    for (const _ of [1, 2]) {
      const { status, body } = await door().send('POST', '/api/usage/check', {
        key,
        body: DIAGNOSIS,
      })
      expect(status).toBe(200)
      expect(body).toMatchObject({ allowed: true, credits: 28, usage: { usageEventId: null } })
    }
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(0)
  })

  it('a refusal is a 200 with the refusing limit and a retry time', async () => {
    const { id, key } = await door().organization('rag-chatbot/trial')
    const body = { eventType: 'chat_message', quantities: { tokens: 10_001 } }
    const track = await door().send('POST', '/api/usage/track', { key, body })
    const check = await door().send('POST', '/api/usage/check', { key, body })
    for (const { status, body: decision } of [track, check]) {
      expect(status).toBe(200)
      expect(decision).toMatchObject({ allowed: false, reason: 'limit_exceeded' })
      const refused = decision.limits.filter((limit: { refused: boolean }) => limit.refused)
      expect(refused.map((limit: { limit: string }) => limit.limit)).toEqual(['tokens/day'])
    }
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(0)
  })

  it('a known id returns the first answer and counts once', async () => {
    const { id, key } = await door().organization()
    const body = { ...DIAGNOSIS, id: 'retried' }
    const first = await door().send('POST', '/api/usage/track', { key, body })
    const again = await door().send('POST', '/api/usage/track', { key, body })
    expect(again.status).toBe(200)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.body).toEqual(first.body)
    expect((await door().tollgate.usage.current({ organizationId: id })).month).toMatchObject({
      events: 1,
      credits: 28,
    })
  })

  it('the header Idempotency-Key replaces the id', async () => {
    const { id, key } = await door().organization()
    const send = () =>
      door().send('POST', '/api/usage/track', {
        key,
        body: DIAGNOSIS,
        headers: { 'idempotency-key': 'from-the-header' },
      })
    expect((await send()).body.usage.usageEventId).toBe('from-the-header')
    expect((await send()).headers.get('idempotency-replayed')).toBe('true')
    expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(1)
  })

  it('a known id with another payload is a 422 that names the id', async () => {
    const { key } = await door().organization()
    const send = (complexity: number) =>
      door().send('POST', '/api/usage/track', {
        key,
        body: { ...DIAGNOSIS, id: 'reused', properties: { complexity } },
      })
    expect((await send(1)).status).toBe(200)
    const { status, body } = await send(2)
    expect([status, body.code, body.errors[0].field]).toEqual([422, 'idempotency_conflict', 'id'])
  })

  it('the same id of two organizations is two events', async () => {
    for (const { id, key } of [await door().organization(), await door().organization()]) {
      const body = { ...DIAGNOSIS, id: 'shared' }
      const { headers } = await door().send('POST', '/api/usage/track', { key, body })
      expect(headers.has('idempotency-replayed')).toBe(false)
      expect((await door().tollgate.usage.current({ organizationId: id })).month.events).toBe(1)
    }
  })

  it('the used key is recorded', async () => {
    const { id, key } = await door().organization()
    const principal = await plumbingOf(door().tollgate).authenticate(key)
    expect(principal).toMatchObject({ kind: 'organization', organizationId: id })
    const { body } = await door().send('POST', '/api/usage/track', { key, body: DIAGNOSIS })
    expect(body.allowed).toBe(true)
  })

  it.each(['/api/usage/track', '/api/usage/check', '/api/usage/reservations', '/api/usage/events'])(
    '%s accepts old timestamps with `backfill` from the administrator only',
    async (path) => {
      const { id, key } = await door().organization()
      const event = { ...DIAGNOSIS, timestamp: '2026-03-10T00:00:00Z' }
      const late = await door().send('POST', path, { key, body: event })
      expect([late.status, late.body.errors[0].field]).toEqual([400, 'timestamp'])
      const backfill = { ...event, backfill: true }
      const refused = await door().send('POST', path, { key, body: backfill })
      expect([refused.status, refused.body.errors[0].field]).toEqual([403, 'backfill'])
      const body = { ...backfill, organizationId: id }
      expect((await door().send('POST', path, { body })).status).toBe(200)
    },
  )
})

describe('GET /api/usage/current', () => {
  const door = openDoor()

  it('returns the levels of the current windows', async () => {
    const { id, key } = await door().organization('ai-workspace/starter')
    await door().send('POST', '/api/usage/track', { key, body: DIAGNOSIS })
    const { status, body } = await door().send('GET', '/api/usage/current', { key })
    expect(status).toBe(200)
    expect(body).toMatchObject({ organizationId: id, plan: 'ai-workspace/starter' })
    expect(body.month).toMatchObject({ events: 1, credits: 28 })
    const credits = body.limits.find((limit: { limit: string }) => limit.limit === 'credits/period')
    expect(credits).toMatchObject({ used: 28, remaining: 9_972, max: 10_000 })
  })

  it('is 404 for an unknown organization', async () => {
    const { status, body } = await door().send('GET', '/api/usage/current?organizationId=nobody')
    expect([status, body.code]).toEqual([404, 'not_found'])
  })
})
