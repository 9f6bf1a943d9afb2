import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type TollgateClient } from '../../src/client/index.ts'
import type { Replayable } from '../../src/contract/call.ts'
import type { Decision } from '../../src/contract/decision.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { PLUMBING, type Plumbing, plumbingOf } from '../../src/engine/plumbing.ts'
import { type Listener, listen } from '../../src/http/listen.ts'
import { createTollgate } from '../../src/index.ts'
import { createHandler } from '../../src/server.ts'
import { isLong, times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateConfigurations, gateOptions } from './gate-configurations.ts'
import { openRace, type Race } from './gate-race.ts'
import { proxiedUrl, startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** Raised further by `npm run torture`. */
const CUTS = times('TOLLGATE_GATE_CUTS', { short: 4, long: 8 })

const ADMIN_KEY = 'the-key-of-the-administrator'
/** The cut in the answer: at its arrival, and later each time. */
const bytesBefore = (cut: number): number => (cut * 41) % 330

for (const configuration of gateConfigurations(['strict'])) {
  describeOnPostgres(`an answer lost after the commit, ${configuration.name}`, (open, url) => {
    let race: Race
    let engine: TollgateEngine
    let store: TcpProxy
    let wire: TcpProxy
    let listener: Listener
    let client: TollgateClient
    /** Waits 5 s before it retries an unavailable store, as told, in the long form only. */
    let hasty: TollgateClient
    /** The engine's answers, whether or not they arrived. */
    const answered: Replayable<Decision>[] = []

    beforeAll(async () => {
      race = await openRace(await open(), url(), configuration, 0)
      store = await startTcpProxy(url())
      engine = await createTollgate(gateOptions(proxiedUrl(url(), store), configuration))
      const handler = createHandler(heard(engine, answered), { adminKey: ADMIN_KEY })
      listener = await listen(handler, { host: '127.0.0.1', port: 0 })
      wire = await startTcpProxy(listener.url)
      const to = { url: proxiedUrl(listener.url, wire), key: ADMIN_KEY }
      client = createClient(to)
      hasty = isLong ? client : createClient({ ...to, retries: 0 })
    })
    afterAll(async () => {
      await wire?.close()
      await listener?.close()
      await engine?.close()
      await store?.close()
      await race?.close()
    })

    /** Retries the call until it is answered, and once more. */
    const insist = async (by: TollgateClient, organizationId: string, id: string) => {
      const call = { organizationId, eventType: 'use', quantities: { units: 7 }, id }
      const answers: Replayable<Decision>[] = []
      for (let tries = 0; tries < 10 && answers.length < 2; tries++) {
        const answer = await by.track(call).catch((error: { code: string }) => {
          if (error.code !== 'unavailable') throw error
          return undefined
        })
        if (answer && answer.reason !== 'unavailable') answers.push(answer)
      }
      expect(answers).toHaveLength(2)
      return answers
    }

    describe.each([
      ['the client and the server', () => wire, () => client],
      ['the server and the database', () => store, () => hasty],
    ])('between %s', (_where, proxy, by) => {
      it(`is repeated for a retry, and counts once (${CUTS} cuts)`, async () => {
        const organizationId = await race.organization('roomy')
        await insist(by(), organizationId, 'before')
        for (let cut = 0; cut < CUTS; cut++) {
          const id = `cut-${cut}-${crypto.randomUUID()}`
          answered.length = 0
          const sprung = proxy().cutAnswerTo(id, bytesBefore(cut))
          const [first, second] = await insist(by(), organizationId, id)
          await sprung
          // The first decision was made before the cut; every retry gets it.
          expect(first).toMatchObject({ allowed: true, replayed: true })
          expect(second).toEqual(first)
          const allowed = answered.filter((answer) => answer.allowed)
          expect(allowed.length).toBeGreaterThanOrEqual(2)
          expect(allowed.map((answer) => ({ ...answer, replayed: true }))).toEqual(
            allowed.map(() => first),
          )
        }
        await engine.flush()
        expect(await race.events(organizationId)).toBe(1 + CUTS)
        expect((await race.standing(organizationId)).used).toBe(7 * (1 + CUTS))
        expect(await race.differences()).toEqual([])
      }, 60_000)
    })
  })
}

/** The engine behind a server, with its answers to `track`, received or not. */
const heard = (engine: TollgateEngine, answered: Replayable<Decision>[]): TollgateEngine => {
  const plumbing = plumbingOf(engine)
  const admit: Plumbing['admit'] = async (operation, ...args) => {
    const call = await plumbing.admit(operation, ...args)
    if (operation.name !== 'track') return call
    const run = async () => {
      const answer = await call.run()
      answered.push(answer as Replayable<Decision>)
      return answer
    }
    return { ...call, run }
  }
  return Object.assign({ ...engine }, { [PLUMBING]: { ...plumbing, admit } })
}
