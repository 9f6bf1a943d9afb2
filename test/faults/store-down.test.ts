import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import { listen } from '../../src/http/listen.ts'
import { createTollgate } from '../../src/index.ts'
import { createHandler } from '../../src/server.ts'
import { eventually } from '../setup/eventually.ts'
import { isLong, times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateConfigurations, gateOptions } from './gate-configurations.ts'
import type { GateProcess, Load } from './gate-process.ts'
import { expectAnswered, openRace, type Race } from './gate-race.ts'
import { proxiedUrl, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Raised further by `npm run torture`. */
const DOWN_MS = times('TOLLGATE_GATE_DOWN_MS', { short: 600, long: 2_000 })

const STORE_TIMEOUT_MS = 500
/** Not a performance target: a slower call counts as hanging. */
const HANGS_MS = 20_000
const CALLERS = 8
/** A caller's pause between two calls, so that the queue does not fill up meanwhile. */
const EVERY_MS = 10

const OUTAGES = [
  ['refuses', (proxy: TcpProxy) => proxy.refuse()],
  ['does not answer', (proxy: TcpProxy) => proxy.hang()],
] as const

for (const [nth, configuration] of gateConfigurations(['strict', 'leased']).entries()) {
  describeOnPostgres(`a gate with an unavailable store, ${configuration.name}`, (open, url) => {
    let race: Race
    let proxy: TcpProxy
    let through: string
    let gate: GateProcess
    beforeAll(async () => {
      race = await openRace(await open(), url(), configuration, 0)
      proxy = await startTcpProxy(url())
      through = proxiedUrl(url(), proxy)
    })
    afterAll(async () => {
      await proxy?.pass()
      await race?.close()
      await proxy?.close()
    })
    /** Makes one call at a time during the load, and counts the allowed ones. */
    let allowedBeside = 0
    const track = async (organizationId: string, eventType: 'use' | 'call', byTheStore = false) => {
      const decision = await gate.call<Decision>('track', {
        ...(byTheStore && { id: crypto.randomUUID() }),
        organizationId,
        eventType,
        ...(eventType === 'use' && { quantities: { units: 1 } }),
      })
      if (decision.allowed) allowedBeside += 1
      return decision
    }
    /** Waits until the organization's first reads are complete. */
    const isKnown = async (organizationId: string, eventType: 'use' | 'call') => {
      await isBack(organizationId, eventType)
      for (let calls = 0; calls < 20; calls++) await track(organizationId, eventType)
    }
    const isBack = async (organizationId: string, eventType: 'use' | 'call') => {
      await eventually(async () => {
        // The store itself decides a call with an id, never a lease.
        const { allowed, degraded } = await track(organizationId, eventType, true)
        expect({ allowed, degraded }).toEqual({ allowed: true, degraded: false })
      })
    }

    // The short form tests one kind each, because a gate handles both with the same code.
    const outages = OUTAGES.filter((_, place) => isLong || place === nth % OUTAGES.length)
    describe.each(outages)('when it %s', (how, fail) => {
      beforeAll(async () => {
        gate = await race.start({ at: through, options: { storeTimeoutMs: STORE_TIMEOUT_MS } })
      })
      afterAll(async () => {
        await proxy.pass()
        await gate.close()
      })
      it(
        'allows calls on open limits, and records each once',
        async () => {
          const organizationId = await race.organization('open')
          allowedBeside = 0
          await isKnown(organizationId, 'call')
          const load: Load = {
            organizationIds: [organizationId],
            eventType: 'call',
            callers: CALLERS,
            everyMs: EVERY_MS,
          }
          const underWay = gate.load(load)
          await whileDown(proxy, fail, async () => {
            await vi.waitUntil(async () => (await track(organizationId, 'call')).degraded, {
              timeout: 20_000,
            })
          })
          await gate.stop()
          const seen = await underWay
          expectAnswered([seen])
          expect(seen.reasons).toEqual({})
          expect(seen.allowed).toBe(seen.asked)
          expect(seen.degraded).toBeGreaterThan(0)
          expect(seen.slowestMs).toBeLessThan(HANGS_MS)
          await isBack(organizationId, 'call')
          await gate.call('flush')
          expect(await race.events(organizationId)).toBe(seen.allowed + allowedBeside)
          expect(await race.differences()).toEqual([])
        },
        DOWN_MS + 60_000,
      )

      it(
        'refuses calls on closed limits, and gives one answer per id',
        async () => {
          const organizationId = await race.organization('roomy')
          await isBack(organizationId, 'use')
          const idPrefix = `${how}-${configuration.name}`
          const load: Load = {
            organizationIds: [organizationId],
            eventType: 'use',
            callers: CALLERS,
            everyMs: EVERY_MS,
            idPrefix,
          }
          const underWay = gate.load(load)
          await whileDown(proxy, fail, async () => {
            await vi.waitUntil(
              async () => (await answerOf(track(organizationId, 'use'))) === 'unavailable',
              {
                timeout: 20_000,
              },
            )
          })
          await gate.stop()
          const seen = await underWay
          expectAnswered([seen], { mayBeAway: true })
          expect(seen.allowed).toBeLessThan(seen.asked)
          expect(Object.keys(seen.reasons).filter((reason) => reason !== 'unavailable')).toEqual([])
          expect(seen.slowestMs).toBeLessThan(HANGS_MS)
          await isBack(organizationId, 'use')
          // Refused calls are retried, and all others get the same answer again.
          const again = await gate.load({ ...load, total: seen.asked })
          expectAnswered([again])
          expect(again.allowed).toBe(seen.asked)
          expect(again.replayed).toBeGreaterThanOrEqual(seen.allowed)
          await gate.call('flush')
          expect(await race.events(organizationId, idPrefix)).toBe(seen.asked)
          expect(await race.differences()).toEqual([])
        },
        DOWN_MS + 60_000,
      )

      it(
        'lets nobody wait, neither new organizations nor reservations',
        async () => {
          const stranger = await race.organization('roomy')
          const known = await race.organization('roomy')
          await isBack(known, 'use')
          await whileDown(
            proxy,
            fail,
            async () => {
              const reserving = {
                organizationId: known,
                eventType: 'use',
                quantities: { units: 1 },
              }
              const answers = await Promise.all([
                answerOf(
                  gate.call('track', {
                    organizationId: stranger,
                    eventType: 'use',
                    quantities: { units: 1 },
                  }),
                ),
                answerOf(gate.call('reserve', reserving)),
                answerOf(
                  gate.call('check', {
                    organizationId: known,
                    eventType: 'use',
                    quantities: { units: 1 },
                  }),
                ),
              ])
              expect(answers).toEqual(['unavailable', 'unavailable', 'unavailable'])
            },
            0,
          )
          await isBack(known, 'use')
        },
        DOWN_MS + 60_000,
      )

      it(
        'allows calls with ids on open limits, even if it has seen no other',
        async () => {
          const organizationId = await race.organization('open')
          await isBack(organizationId, 'call')
          // The organization's first reads are complete by then.
          for (let calls = 0; calls < 20; calls++) await track(organizationId, 'call', true)
          await whileDown(
            proxy,
            fail,
            async () => {
              const { allowed, degraded } = await track(organizationId, 'call', true)
              expect({ allowed, degraded }).toEqual({ allowed: true, degraded: true })
            },
            0,
          )
          await isBack(organizationId, 'call')
        },
        DOWN_MS + 60_000,
      )
    })

    it('is a 503 with Retry-After over HTTP', async () => {
      const tollgate = await createTollgate({
        ...gateOptions(through, configuration),
        storeTimeoutMs: STORE_TIMEOUT_MS,
      })
      const handler = createHandler(tollgate, { adminKey: 'the-key-of-the-administrator' })
      const listener = await listen(handler, { host: '127.0.0.1', port: 0 })
      const organizationId = await race.organization('roomy')
      const ask = (id: string) =>
        fetch(`${listener.url}/api/usage/track`, {
          method: 'POST',
          headers: {
            authorization: 'Bearer the-key-of-the-administrator',
            'content-type': 'application/json',
          },
          body: JSON.stringify({ organizationId, eventType: 'use', quantities: { units: 1 }, id }),
        })
      // An engine's first reads may take longer than the store's timeout on a slow machine.
      const isAnswered = (id: string) =>
        eventually(async () => expect((await ask(id)).status).toBe(200))
      await isAnswered('first')
      proxy.hang()
      const answer = await ask('second')
      await proxy.pass()
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await answer.json()).toMatchObject({ code: 'unavailable', status: 503 })
      await isAnswered('second')
      await listener.close()
      await tollgate.close()
    }, 120_000)
  })
}

/** Keeps the store unavailable for a while, and until the expected event. */
const whileDown = async (
  proxy: TcpProxy,
  fail: (proxy: TcpProxy) => unknown,
  happened: () => Promise<void>,
  atLeastMs = DOWN_MS,
): Promise<void> => {
  await fail(proxy)
  const downSinceMs = Date.now()
  try {
    await happened()
    await vi.waitUntil(() => Date.now() - downSinceMs >= atLeastMs, { timeout: atLeastMs + 2_000 })
  } finally {
    await proxy.pass()
  }
}

/** A decision's reason, an error's code, or the time-out. */
const answerOf = (answer: Promise<unknown>): Promise<unknown> =>
  Promise.race([
    answer.then(
      (decision) => (decision as Decision).reason,
      (error: { code: string }) => error.code,
    ),
    new Promise((late) => setTimeout(() => late('no answer'), HANGS_MS).unref()),
  ])
