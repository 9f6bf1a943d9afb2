import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient, responseOf, type TollgateClient } from '../../src/client/index.ts'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { Decision } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import type { Call } from '../../src/contract/usage.ts'
import { TollgateRefusal } from '../../src/decision/refusal.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import { type Listener, listen } from '../../src/http/listen.ts'
import { createHandler } from '../../src/server.ts'
import { proxiedUrl, startTcpProxy, type TcpProxy } from '../faults/tcp-proxy.ts'
import { type LentDatabase, lentDatabase } from '../setup/embedded-databases.ts'
import { times } from '../setup/form.ts'

const AWAY_MS = times('TOLLGATE_CLIENT_AWAY_MS', { short: 1_000, long: 5_000 })
const CALLS_A_SECOND = 200
const BESIDE_MS = 700
/** A busy machine. */
const PATIENT = { timeout: 30_000 }

/** Three event types: a limit open by default, a limit set to open, and a closed limit. */
const document: CatalogInput = {
  key: 'away',
  name: 'Away',
  meters: [
    { key: 'paced', unit: 'call', aggregation: 'count' },
    { key: 'trusted', unit: 'call', aggregation: 'count' },
    { key: 'paid', unit: 'call', aggregation: 'count' },
  ],
  eventTypes: ['paced', 'trusted', 'paid'].map((key) => ({
    key,
    name: key,
    category: 'call',
    baseCredits: 0,
    meters: { [key]: 1 },
  })),
  plans: [
    {
      key: 'all',
      name: 'All',
      monthlyPriceUsd: 0,
      limits: [
        { meter: 'paced', window: 'minute', max: 10 ** 6, behavior: 'hard' },
        { meter: 'trusted', window: 'day', max: 10 ** 6, behavior: 'hard', onFailure: 'open' },
        { meter: 'paid', window: 'day', max: 10 ** 6, behavior: 'hard' },
      ],
    },
  ],
}
const EVENT_TYPES = ['paced', 'trusted', 'paid'] as const

describe(`an outage of ${AWAY_MS / 1_000} s at ${CALLS_A_SECOND} calls a second`, () => {
  let lent: LentDatabase
  let engine: TollgateEngine
  let listener: Listener
  let proxy: TcpProxy
  let client: TollgateClient
  const organizationId = 'acme'
  beforeAll(async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    lent = await lentDatabase()
    const catalogs = [{ document, origin: 'away.json' }]
    engine = await createTollgate({ database: lent.database, catalogs })
    await engine.organizations.create({ id: organizationId, name: 'Acme', plan: 'away/all' })
    const { key } = await engine.serviceKeys.create({
      name: 'backend',
      scopes: ['gate.use', 'usage.record'],
    })
    listener = await listen(createHandler(engine), { host: '127.0.0.1', port: 0 })
    proxy = await startTcpProxy(listener.url)
    client = createClient({
      url: proxiedUrl(listener.url, proxy),
      key,
      organizationId,
      whenAway: 'policy',
      retries: 0,
      timeoutMs: 1_000,
      batch: { onLost: () => lost.push(1) },
    })
  })
  const lost: number[] = []
  afterAll(async () => {
    await proxy?.pass()
    await client?.close()
    await proxy?.close()
    await listener?.close()
    await engine?.close()
    await lent?.giveBack()
    vi.restoreAllMocks()
  })

  /** Holds, works for a moment, and settles. */
  const work = async (call: Call): Promise<Decision> => {
    try {
      return await client.run(call, async (hold) => {
        await sleep(20)
        return hold
      })
    } catch (error) {
      if (error instanceof TollgateRefusal) return error.decision
      throw error
    }
  }
  const recorded = async (): Promise<string[]> => {
    const ids: string[] = []
    for await (const { id } of engine.usage.history({ organizationId, limit: 200 })) ids.push(id)
    return ids
  }

  it.each([
    ['refuses connections', () => proxy.refuse()],
    ['accepts connections and never answers', async () => proxy.hang()],
  ])(
    'loses nothing and counts nothing twice, as each limit says, if it %s',
    async (how, fail) => {
      for (const eventType of EVENT_TYPES) {
        await vi.waitFor(async () => {
          expect(responseOf(await client.track({ eventType }))?.onFailure).toBeDefined()
          expect(responseOf(await client.reserve({ eventType }))?.onFailure).toBeDefined()
        }, PATIENT)
      }
      const answers: { id: string; type: string; allowed: boolean; degraded: boolean }[] = []
      const underWay: Promise<void>[] = []
      const call = async (nth: number): Promise<void> => {
        const type = EVENT_TYPES[nth % EVENT_TYPES.length] as string
        const id = `${how}-${nth}`
        const isWork = nth % (2 * EVENT_TYPES.length) >= EVENT_TYPES.length
        const decision = await (isWork ? work : client.track)({ id, eventType: type })
        if (!decision.allowed) expect(decision.reason).toBe('unavailable')
        answers.push({ id, type, allowed: decision.allowed, degraded: decision.degraded })
      }
      const startedMs = performance.now()
      let made = 0
      const pacer = setInterval(() => {
        // Sends as many calls as are due, because timers are late on a busy machine.
        const due = ((performance.now() - startedMs) * CALLS_A_SECOND) / 1_000
        for (; made < due; made++) underWay.push(call(made))
      }, 5)
      await sleep(BESIDE_MS)
      await fail()
      await sleep(AWAY_MS)
      await proxy.pass()
      await vi.waitUntil(async () => answers.at(-1)?.degraded === false, PATIENT)
      await sleep(BESIDE_MS)
      clearInterval(pacer)
      await Promise.all(underWay)
      // On a slow machine a call takes longer than an attempt may.
      await vi.waitFor(() => client.flush(), PATIENT)

      expect(answers.length).toBe(made)
      expect(made).toBeGreaterThan((AWAY_MS * CALLS_A_SECOND) / 1_000)
      const degraded = answers.filter((one) => one.degraded)
      // How many depends on the speed of the machine.
      expect(degraded.length).toBeGreaterThan(10)
      // Open limits allow, and the closed limit refuses.
      const wrong = degraded.filter(({ type, allowed }) => allowed !== (type !== 'paid'))
      expect(wrong).toEqual([])
      // Each allowed call is recorded once, and so is the work of each hold.
      const allowed = answers.filter((one) => one.allowed).map(({ id }) => id)
      const ids = await vi.waitFor(async () => {
        // Work that ended during the outage is settled a little later.
        const found = (await recorded()).filter((id) => id.startsWith(how))
        const there = new Set(found)
        expect(allowed.filter((id) => !there.has(id))).toEqual([])
        return found
      }, PATIENT)
      expect(new Set(ids).size).toBe(ids.length)
      // Additional events were decided by the server, and their answers were lost. A retry under
      // their id gets the answer.
      const told = new Set(allowed)
      const besides = ids.filter((id) => !told.has(id))
      expect(besides.length).toBeLessThan(CALLS_A_SECOND)
      for (const id of besides) {
        expect(await client.track({ id, eventType: 'paid' })).toMatchObject({
          allowed: true,
          replayed: true,
        })
      }
      expect(lost).toEqual([])
      const { differences } = await engine.admin.aggregate()
      expect(differences).toEqual([])
    },
    AWAY_MS + 60_000,
  )
})

const sleep = (delayMs: number) => new Promise((resolve) => setTimeout(resolve, delayMs))
