import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import { eventually } from '../setup/eventually.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateConfigurations, LIMIT } from './gate-configurations.ts'
import type { GateProcess, Load } from './gate-process.ts'
import { expectAnswered, openRace, type Race, sumOf } from './gate-race.ts'
import { proxiedUrl, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Raised by the long form, `npm run torture`. */
const ROUNDS = Number(process.env.TOLLGATE_GATE_PAUSES ?? 1)

const CALLERS = 32
/** A process silent for longer counts as dead; the test pauses it for longer. */
const PAUSED_MS = 3_500
const STORE_TIMEOUT_MS = 1_000
const FORFEITED_AT_MOST = LIMIT / 100
const COST = 5
/** More than one process can lease, so it must ask while disconnected. */
const FIRST_ANSWERS = 200
/** Calls per process: together they ask for three times the limit. */
const CALLS = LIMIT / COST
const CALLS_AGAIN = 100
const CUTS = 10
const ANSWERS_BETWEEN_CUTS = 150

const use = (organizationId: string, total: number): Load => ({
  organizationIds: [organizationId],
  eventType: 'use',
  callers: CALLERS,
  total,
  costs: [COST],
  reported: true,
})

interface Away {
  readonly away: GateProcess
  readonly proxy: TcpProxy
}

for (const configuration of gateConfigurations(['leased'])) {
  describeOnPostgres(`a process away for a while, ${configuration.name}`, (open, url) => {
    let race: Race
    let others: readonly GateProcess[]
    const proxies: TcpProxy[] = []
    beforeAll(async () => {
      race = await openRace(await open(), url(), configuration, 2)
      others = [...race.there]
    })
    afterAll(async () => {
      await race?.close()
      await Promise.all(proxies.map((proxy) => proxy.close()))
    })
    /** The process that will be away, and its connection to the store. */
    const startAway = async (): Promise<Away> => {
      const proxy = await startTcpProxy(url())
      proxies.push(proxy)
      const at = proxiedUrl(url(), proxy)
      const options = { storeTimeoutMs: STORE_TIMEOUT_MS }
      return { proxy, away: await race.start({ at, options }) }
    }
    const othersUse = (organizationId: string, calls: number) =>
      Promise.all(others.map((process) => process.load(use(organizationId, calls))))
    /** Of the processes in this test; another test may have one away. */
    const flush = (away: GateProcess) =>
      Promise.all([...others, away].map((process) => process.call('flush')))

    /** The store decides its calls again: a call with an id is never decided elsewhere. */
    const isBack = async (away: GateProcess): Promise<void> => {
      const organizationId = await race.organization('roomy')
      const event = { organizationId, eventType: 'use', quantities: { units: 1 } }
      await eventually(async () => {
        const id = crypto.randomUUID()
        const { allowed } = await away.call<Decision>('track', { ...event, id })
        expect(allowed).toBe(true)
      })
    }

    /**
     * Its load has begun. It continues once `leave` has disconnected it and `comeBack` was called.
     */
    const whileAway = async (away: GateProcess, leave: () => unknown, comeBack: () => unknown) => {
      await isBack(away)
      const organizationId = await race.organization('capped')
      const before = away.reported().length
      const underWay = away.load(use(organizationId, CALLS))
      await away.whenReported(before + FIRST_ANSWERS)
      await leave()
      const leftMs = Date.now()
      const seen = await othersUse(organizationId, CALLS)
      await vi.waitUntil(() => Date.now() - leftMs > PAUSED_MS, { timeout: 2 * PAUSED_MS })
      const again = await othersUse(organizationId, CALLS_AGAIN)
      await comeBack()
      const itself = await underWay
      expectAnswered([...seen, ...again])
      expectAnswered([itself], { mayBeAway: true })
      await flush(away)
      const answered = sumOf([...seen, ...again, itself], ({ units }) => units)
      return { answered, standing: await race.standing(organizationId), itself, organizationId }
    }

    // They wait concurrently, each with its own process and organization.
    it.concurrent(
      `allows exactly ${LIMIT} calls after a pause longer than its lease`,
      async () => {
        const { away } = await startAway()
        for (let round = 0; round < ROUNDS; round++) {
          const { answered, standing } = await whileAway(
            away,
            () => away.signal('SIGSTOP'),
            () => away.signal('SIGCONT'),
          )
          expect(standing).toEqual({ used: LIMIT, held: 0, leased: 0 })
          // Its timers fire before it reads the arrived answers, so it considers them late.
          expect(answered).toBeLessThanOrEqual(LIMIT)
          expect(answered).toBeGreaterThanOrEqual(LIMIT - CALLERS * COST)
        }
      },
      ROUNDS * 60_000,
    )

    for (const [how, leave] of [
      ['refused', (proxy: TcpProxy) => proxy.refuse()],
      ['not answered', (proxy: TcpProxy) => proxy.hang()],
    ] as const) {
      it.concurrent(
        `never exceeds the limit, and records its decisions, while the store has ${how} it`,
        async () => {
          const { away, proxy } = await startAway()
          for (let round = 0; round < ROUNDS; round++) {
            const { answered, standing } = await whileAway(
              away,
              () => leave(proxy),
              () => proxy.pass(),
            )
            const { used, leased } = standing
            expect(used + leased).toBeLessThanOrEqual(LIMIT)
            expect(used).toBeGreaterThanOrEqual(answered)
            // Calls sent before the disconnection may have taken effect without an answer.
            expect(used - answered).toBeLessThanOrEqual(CALLERS * COST)
            expect(leased).toBeLessThanOrEqual(FORFEITED_AT_MOST + CALLERS * COST)
          }
        },
        ROUNDS * 60_000,
      )
    }

    it('forfeits at most a hundredth of the limit, even if answers are lost repeatedly', async () => {
      const { away, proxy } = await startAway()
      await isBack(away)
      const organizationId = await race.organization('capped')
      const before = away.reported().length
      const underWay = away.load(use(organizationId, CALLS))
      for (let cut = 1; cut <= CUTS; cut++) {
        await away.whenReported(before + cut * ANSWERS_BETWEEN_CUTS)
        proxy.cut()
      }
      const itself = await underWay
      const seen = await othersUse(organizationId, CALLS)
      expectAnswered(seen)
      expectAnswered([itself], { mayBeAway: true })
      await flush(away)
      const answered = sumOf([...seen, itself], ({ units }) => units)
      const { used, leased } = await race.standing(organizationId)
      expect(used + leased).toBeLessThanOrEqual(LIMIT)
      expect(used).toBeGreaterThanOrEqual(answered)
      expect(leased).toBeLessThanOrEqual(FORFEITED_AT_MOST + CUTS * CALLERS * COST)
      // Includes all the tests above.
      expect(await race.differences()).toEqual([])
    }, 60_000)
  })
}
