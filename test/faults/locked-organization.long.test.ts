import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { createHandler } from '../../src/server.ts'
import { eventually } from '../setup/eventually.ts'
import { held } from '../setup/held.ts'
import { describeOnPostgres } from '../setup/substrates.ts'

/** A call of another organization waits once, as long as a lock wait lasts; it never hangs. */
const QUICK_MS = 1_900
const ADMIN_KEY = 'the-admin-key-of-this-test'

describeOnPostgres('an organization locked by a transaction', (open, url) => {
  describe.each(['strict', 'leased'] as const)('in %s mode', (decide) => {
    let tollgate: TollgateEngine
    let handler: ReturnType<typeof createHandler>
    const clients: Client[] = []
    const name = (one: string) => `${one}-${decide}`
    // With one lane for all, both organizations share every statement.
    beforeAll(async () => {
      tollgate = await createTollgate({ database: await open(), decide, recorder: { lanes: 1 } })
      handler = createHandler(tollgate, { adminKey: ADMIN_KEY })
      for (const id of [name('stuck'), name('other')]) {
        await tollgate.organizations.create({ id, name: id, plan: 'rag-chatbot/trial' })
      }
    })
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.end()))
      await tollgate.close()
    })

    const chat = (organizationId: string, tokens = 10) => ({
      organizationId,
      eventType: 'chat_message',
      quantities: { tokens },
    })
    /**
     * On a starved machine the time-out fires before the lock's; over HTTP both are the same 503.
     */
    const isToldToComeBack = (answer: PromiseSettledResult<unknown>): boolean =>
      answer.status === 'rejected'
        ? answer.reason.code === 'unavailable'
        : (answer.value as Partial<Decision>).reason === 'unavailable'
    const timed = async <Value>(work: Promise<Value>): Promise<readonly [Value, number]> => {
      const startedMs = performance.now()
      const value = await work
      return [value, performance.now() - startedMs]
    }

    it('alone gets a Retry-After; all others soon get their correct answer', async () => {
      const [stuck, other] = [name('stuck'), name('other')]
      const host = new Client({ connectionString: url() })
      await host.connect()
      clients.push(host)
      await host.query('begin')
      expect((await tollgate.within(host).track(chat(stuck))).allowed).toBe(true)

      const waiting = Array.from({ length: 12 }, (_, index) =>
        tollgate.track({ ...chat(stuck), id: `waits-${index}` }),
      )
      const beside = Array.from({ length: 12 }, (_, index) =>
        timed(tollgate.track({ ...chat(other), id: `beside-${index}` })),
      )
      for (const answer of await Promise.allSettled(waiting)) {
        expect(answer).toMatchObject({
          status: 'rejected',
          reason: { code: 'unavailable', retryAfterSeconds: 1 },
        })
      }
      for (const [decision, tookMs] of await Promise.all(beside)) {
        expect(decision).toMatchObject({ allowed: true, degraded: false })
        expect(tookMs).toBeLessThan(QUICK_MS)
      }
      // Enough calls to trip any counter of failures.
      for (let round = 0; round < 3; round += 1) {
        const more = Promise.allSettled([
          tollgate.track({ ...chat(stuck), id: `again-${round}` }),
          tollgate.reserve(chat(stuck)),
          tollgate.record(chat(stuck)),
        ])
        const [decision, tookMs] = await timed(
          tollgate.track({ ...chat(other), id: `good-${round}` }),
        )
        expect(decision).toMatchObject({ allowed: true, degraded: false })
        // The stuck organization is known by now, and no other waits with it.
        expect(tookMs).toBeLessThan(300)
        const hold = held(await tollgate.reserve(chat(other)))
        await hold.settle({ quantities: { tokens: 5 } })
        expect(await tollgate.record(chat(other))).toMatchObject({ accepted: 1 })
        for (const answer of await more) expect(isToldToComeBack(answer)).toBe(true)
      }
      // The other organization's limit still applies: it has used 12 + 3 × (1 + ½ + 1) of ten
      // tokens.
      const over = await tollgate.track({ ...chat(other, 10_000), id: 'over' })
      expect(over).toMatchObject({ allowed: false, reason: 'limit_exceeded', degraded: false })

      const response = await handler(
        new Request('http://tollgate.test/api/usage/track', {
          method: 'POST',
          headers: { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' },
          body: JSON.stringify({ ...chat(stuck), id: 'over-http' }),
        }),
      )
      expect(response.status).toBe(503)
      expect(response.headers.get('retry-after')).toBe('1')

      await host.query('commit')
      const decision = await eventually(async () => {
        const answer: Decision = await tollgate.track({ ...chat(stuck), id: 'free-again' })
        expect(answer.allowed).toBe(true)
        return answer
      })
      expect(decision.degraded).toBe(false)
      await tollgate.flush()
      const { month } = await tollgate.usage.current({ organizationId: stuck })
      expect(month.events).toBe(2)
    })
  })

  it("in the host's transaction waits as long as the host says", async () => {
    const tollgate = await createTollgate({ database: await open() })
    await tollgate.organizations.create({ id: 'hosts', name: 'Hosts', plan: 'rag-chatbot/trial' })
    const host = new Client({ connectionString: url() })
    await host.connect()
    await host.query(`begin; set local lock_timeout to '7s'`)
    await tollgate.within(host).track({ organizationId: 'hosts', eventType: 'chat_message' })
    expect((await host.query('show lock_timeout')).rows).toEqual([{ lock_timeout: '7s' }])
    await host.query('commit')
    await host.end()
    await tollgate.close()
  })
})
