import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { Gate } from '../../src/guard/options.ts'
import { eventually } from '../setup/eventually.ts'
import { type leavable, post, postAndLeave, standing } from './asking.ts'
import type { Host, StartHost } from './hosts/host.ts'

/** An engine whose store the test can make unavailable. */
export interface Subject {
  readonly engine: TollgateEngine
  readonly store: ReturnType<typeof leavable>
}

/** The guarantees of every wrapper on a real server, for any framework and backend. */
export const describeWrapper = (
  name: string,
  subjectOf: () => Subject,
  start: StartHost,
  gateOf: (engine: TollgateEngine) => Gate,
): void => {
  describe(name, () => {
    let engine: TollgateEngine
    let store: Subject['store']
    let host: Host
    beforeAll(async () => {
      ;({ engine, store } = subjectOf())
      host = await start(gateOf(engine), engine)
    })
    afterAll(() => host.close())

    let asks = 0
    const asker = async (plan = 'roomy') => {
      asks += 1
      const organizationId = `${plan}-${asks}-${name.replaceAll(/\W+/g, '-')}`
      await engine.organizations.create({
        id: organizationId,
        name: plan,
        plan: `desk/${plan}`,
      })
      const headers = { 'x-organization': organizationId, 'x-name': organizationId }
      return {
        organizationId,
        ask: (path: string, more: Record<string, string> = {}) =>
          post(`${host.url}${path}`, { ...headers, ...more }),
        leave: (path: string, afterPieces: number) =>
          postAndLeave(`${host.url}${path}`, headers, afterPieces),
        /** Once everything has ended, nothing is held, and the books match the test's count. */
        comesTo: (tokens: number, events = 1) =>
          eventually(async () =>
            expect(await standing(engine, organizationId)).toEqual({
              used: tokens,
              held: 0,
              recorded: tokens,
              events,
            }),
          ),
      }
    }

    it('allows a call, and states the remaining amount in the answer', async () => {
      const { ask, comesTo } = await asker()
      const { status, headers, body } = await ask('/track')
      expect([status, body]).toEqual([200, { ok: true }])
      expect(headers.get('x-ratelimit-limit')).toBe('10000')
      expect(headers.get('x-ratelimit-remaining')).toBe('9990')
      expect(headers.get('ratelimit')).toContain('"tokens-day";r=9990')
      await comesTo(10)
    })

    it('counts a request once if it arrives twice with one id', async () => {
      const { ask, comesTo } = await asker()
      const twice = { 'idempotency-key': 'the-same' }
      expect((await ask('/track', twice)).status).toBe(200)
      expect((await ask('/track', twice)).status).toBe(200)
      await comesTo(10)
    })

    it.each([
      ['slow', 'rate_limited', 429],
      ['poor', 'credits_exhausted', 402],
    ])('refuses on the plan %s with %s: %i', async (plan, reason, expected) => {
      const { ask } = await asker(plan)
      for (const path of ['/track', '/hold']) {
        // The first call of a kind uses up everything.
        if (path === '/track') expect((await ask(path)).status).toBe(200)
        const { status, headers, body } = await ask(path)
        expect(status).toBe(expected)
        expect(headers.get('content-type')).toContain('application/problem+json')
        const type = `urn:tollgate:refusal:${reason.replaceAll('_', '-')}`
        expect(body).toMatchObject({ type, status: expected, reason })
        expect(headers.get('x-ratelimit-remaining')).toBe('0')
        if (expected === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      }
    })

    it("refuses an amount above a quota's rest with 429, without running the handler", async () => {
      const { organizationId, ask, comesTo } = await asker()
      await engine.track({ organizationId, eventType: 'chat', quantities: { tokens: 9_950 } })
      const { status, body } = await ask('/stream/3')
      expect([status, body.reason]).toEqual([429, 'limit_exceeded'])
      expect(host.produced.has(organizationId)).toBe(false)
      await comesTo(9_950)
    })

    it('refuses a feature that the plan lacks with 403', async () => {
      const { ask, comesTo } = await asker()
      const { status, body } = await ask('/track', { 'x-event': 'look' })
      expect([status, body.reason]).toEqual([403, 'feature_not_included'])
      await comesTo(0, 0)
    })

    it('answers 503 while the store is unavailable, and recovers with it', async () => {
      const { ask, comesTo } = await asker()
      expect((await ask('/track')).status).toBe(200)
      store.isAway = true
      for (const path of ['/track', '/hold']) {
        const { status, headers } = await ask(path)
        expect(status).toBe(503)
        expect(headers.get('content-type')).toContain('application/problem+json')
      }
      store.isAway = false
      expect((await ask('/hold')).status).toBe(200)
      await comesTo(52, 2)
    })

    it('answers 500 without the reason if the host names something unknown', async () => {
      const { ask, comesTo } = await asker()
      const { status, body } = await ask('/track', { 'x-event': 'nothing' })
      expect([status, body.retryAfter]).toEqual([500, undefined])
      expect(JSON.stringify(body)).not.toContain('roomy')
      await comesTo(0, 0)
    })

    it('answers 401 to an unknown caller, in every mode', async () => {
      for (const path of ['/track', '/hold', '/record']) {
        const { status, headers, body } = await post(`${host.url}${path}`)
        expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
        expect(body.type).toBe('urn:tollgate:problem:unauthenticated')
      }
    })

    it('settles the use reported by the handler', async () => {
      const { ask, comesTo } = await asker()
      const { status, headers, body } = await ask('/hold')
      expect([status, body]).toEqual([200, { ok: true }])
      expect(headers.get('x-ratelimit-remaining')).toBe('9900')
      await comesTo(42)
    })

    it('settles the estimate, marked as one, if the handler reports nothing', async () => {
      const { organizationId, ask, comesTo } = await asker()
      expect((await ask('/untold')).status).toBe(200)
      await comesTo(100)
      const { events } = await engine.usage.history({ organizationId })
      expect(events[0]).toMatchObject({ properties: { estimated: true }, status: 200 })
      expect(events[0]).toMatchObject({ endpoint: '/untold', method: 'POST' })
    })

    it('releases everything if the handler throws', async () => {
      const { ask, comesTo } = await asker()
      expect((await ask('/throws')).status).toBe(500)
      await comesTo(0, 0)
    })

    it.each([400, 404, 500, 503])('releases everything after a status of %i', async (status) => {
      const { ask, comesTo } = await asker()
      expect((await ask(`/fails/${status}`)).status).toBe(status)
      await comesTo(0, 0)
    })

    it('settles a stream that was read to its end', async () => {
      const { organizationId, ask, comesTo } = await asker()
      const { status, body, headers } = await ask('/stream/20')
      expect([status, body.trim().split('\n').length]).toEqual([200, 20])
      expect(headers.get('x-ratelimit-remaining')).toBe('9900')
      expect(host.produced.get(organizationId)).toBe(20)
      await comesTo(20)
    })

    it('settles the produced amount when a client leaves, and stops producing', async () => {
      const { organizationId, leave, comesTo } = await asker()
      await leave('/stream/5000', 3)
      await eventually(async () => expect((await standing(engine, organizationId)).held).toBe(0))
      const produced = host.produced.get(organizationId) ?? 0
      expect(produced).toBeGreaterThanOrEqual(3)
      expect(produced).toBeLessThan(5_000)
      await comesTo(produced)
      expect(host.produced.get(organizationId)).toBe(produced)
    })

    it('records after the answer in record mode', async () => {
      const { organizationId, ask, comesTo } = await asker()
      expect((await ask('/record')).status).toBe(200)
      await comesTo(7)
      expect((await ask('/record/used')).status).toBe(200)
      await comesTo(10, 2)
      expect((await ask('/record/fails')).status).toBe(500)
      await comesTo(10, 2)
      const { events } = await engine.usage.history({ organizationId })
      expect(events[0]).toMatchObject({ status: 200, method: 'POST' })
    })

    it('neither refuses nor waits in record mode, even if the store is unavailable', async () => {
      const { ask } = await asker()
      store.isAway = true
      const { status, headers } = await ask('/record')
      store.isAway = false
      expect([status, headers.has('x-ratelimit-limit')]).toEqual([200, false])
    })

    it('adds the usage block on request', async () => {
      const { ask, comesTo } = await asker()
      const { body } = await ask('/usage/tracked')
      expect(body).toMatchObject({ ok: true, usage: { creditsConsumed: 1 } })
      expect(body.usage.usageEventId).toEqual(expect.any(String))
      const settled = await ask('/usage/held')
      expect(settled.body).toMatchObject({ ok: true, usage: { creditsConsumed: 1 } })
      await comesTo(52, 2)
    })

    it('tells code started by the handler whose call it is', async () => {
      const { organizationId, ask, comesTo } = await asker()
      const { body } = await ask('/current')
      expect(body).toMatchObject({ organizationId, userId: 'ada', hold: true, signal: false })
      await comesTo(0)
    })

    it('wraps a handler as well', async () => {
      const { ask, comesTo } = await asker()
      expect((await ask('/metered')).body).toEqual({ ok: true })
      await comesTo(42)
      expect((await post(`${host.url}/metered`)).status).toBe(401)
    })

    it('identifies callers by their API keys', async () => {
      const { organizationId, comesTo } = await asker()
      const { key } = await engine.apiKeys.create({ organizationId, name: 'chat' })
      const { status, headers, body } = await post(`${host.url}/key`, {
        authorization: `Bearer ${key}`,
      })
      expect([status, body]).toEqual([200, { for: organizationId }])
      expect(headers.get('x-ratelimit-remaining')).toBe('9990')
      const reading = { organizationId, name: 'reads', scopes: ['usage.read' as const] }
      const reader = await engine.apiKeys.create(reading)
      for (const [shown, expected] of [
        [undefined, 401],
        ['Bearer tg_nobody', 401],
        [`Bearer ${reader.key}`, 403],
      ] as const) {
        const answer = await post(`${host.url}/key`, shown ? { authorization: shown } : {})
        expect(answer.status).toBe(expected)
      }
      await comesTo(10)
    })
  })
}
