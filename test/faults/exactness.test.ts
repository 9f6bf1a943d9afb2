import { afterAll, beforeAll, expect, it } from 'vitest'
import { isLong } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import {
  type GateConfiguration,
  gateConfigurations,
  RACED_LIMIT as LIMIT,
} from './gate-configurations.ts'
import type { GateProcess, Load, LoadSeen } from './gate-process.ts'
import { expectAnswered, openRace, type Race, sumOf } from './gate-race.ts'

/** Raised by the long form, `npm run torture`. */
const ROUNDS = Number(process.env.TOLLGATE_GATE_ROUNDS ?? 1)
/** The short form kills only processes with leases, because others have nothing to forfeit. */
const killsOf = ({ options }: GateConfiguration): number =>
  Number(process.env.TOLLGATE_GATE_KILLS ?? (isLong || options.decide === 'leased' ? 1 : 0))

const PROCESSES = 4
const CALLERS = 64
const CALLS_OF_EACH = (2 * LIMIT) / PROCESSES
/** The maximum that all dead processes together may forfeit of a limit. */
const FORFEITED_AT_MOST = LIMIT / 100
const COSTS = [1, 2, 3, 4, 5, 6, 7]
const MEAN_COST = 4

for (const configuration of gateConfigurations(
  ['strict', 'leased with Redis'],
  ['strict', 'leased', 'strict with Redis', 'leased with Redis'],
)) {
  describeOnPostgres(
    `a hard limit over ${PROCESSES} processes, ${configuration.name}`,
    (open, url) => {
      let race: Race
      beforeAll(async () => {
        race = await openRace(await open(), url(), configuration, PROCESSES)
      })
      afterAll(() => race?.close())

      /** Waits until all processes are ready and idle, then starts all together. */
      const together = (load: Load): Promise<LoadSeen[]> =>
        Promise.all(race.there.map((process) => process.load(load)))

      it(
        `allows exactly ${LIMIT} of ${2 * LIMIT} calls, in each of ${ROUNDS} round(s)`,
        async () => {
          const admitted: { answered: number; recorded: number; leased: number }[] = []
          for (let round = 0; round < ROUNDS; round++) {
            const organizationId = await race.organization('raced')
            const seen = await together({
              organizationIds: [organizationId],
              eventType: 'use',
              callers: CALLERS,
              total: CALLS_OF_EACH,
            })
            expectAnswered(seen)
            await race.flush()
            const { used, leased } = await race.standing(organizationId)
            admitted.push({ answered: sumOf(seen, ({ units }) => units), recorded: used, leased })
          }
          const exact = { answered: LIMIT, recorded: LIMIT, leased: 0 }
          expect(admitted).toEqual(admitted.map(() => exact))
          expect(await race.differences()).toEqual([])
        },
        ROUNDS * 60_000,
      )

      it('is never exceeded by calls of 1 to 7 units, and leaves less than one such call', async () => {
        const organizationId = await race.organization('raced')
        const seen = await together({
          organizationIds: [organizationId],
          eventType: 'use',
          callers: CALLERS,
          total: CALLS_OF_EACH / MEAN_COST,
          costs: COSTS,
        })
        expectAnswered(seen)
        await race.flush()
        const answered = sumOf(seen, ({ units }) => units)
        const { used, leased } = await race.standing(organizationId)
        expect({ used, leased }).toEqual({ used: answered, leased: 0 })
        expect(answered).toBeLessThanOrEqual(LIMIT)
        expect(answered).toBeGreaterThan(LIMIT - Math.max(...COSTS))
      }, 60_000)

      const kills = killsOf(configuration)
      if (kills === 0) return
      it(
        `is never exceeded when a process dies, which forfeits at most a hundredth (${kills} kills)`,
        async () => {
          for (let kill = 0; kill < kills; kill++) await killOnce(race, kill, configuration)
          expect(await race.differences()).toEqual([])
        },
        kills * 60_000,
      )
    },
  )
}

/** One of four processes dies, each time at another moment of the round. */
const killOnce = async (
  race: Race,
  kill: number,
  { options }: GateConfiguration,
): Promise<void> => {
  const organizationId = await race.organization('raced')
  const victim = await race.start()
  const load: Load = {
    organizationIds: [organizationId],
    eventType: 'use',
    callers: CALLERS,
    total: CALLS_OF_EACH,
    reported: true,
  }
  const others = race.there.slice(0, PROCESSES - 1)
  const underWay = Promise.all(others.map((process) => process.load(load)))
  await killedAfter(victim, load, 1 + ((kill * 397) % 1_500))
  race.there.splice(race.there.indexOf(victim), 1)
  const seen = await underWay
  expectAnswered(seen)
  await Promise.all(others.map((process) => process.call('flush')))

  const told = sumOf(victim.reported(), (units) => units)
  const answered = told + sumOf(seen, ({ units }) => units)
  const { used, leased } = await race.standing(organizationId)
  expect(answered).toBeLessThanOrEqual(LIMIT)
  expect(used + leased).toBeLessThanOrEqual(LIMIT)
  // A caller of the dead process may have been allowed without an answer.
  expect(answered).toBeGreaterThanOrEqual(LIMIT - FORFEITED_AT_MOST - CALLERS)
  // Promised units are recorded or still debited from the limit, and no other process gets them.
  // (Redis has debited them if Redis decides the limit.)
  if (!options.redis) expect(used + leased).toBeGreaterThanOrEqual(answered)
}

const killedAfter = async (victim: GateProcess, load: Load, answers: number): Promise<void> => {
  const ended = victim.load(load).then(
    () => new Error('it ended its load before it could be killed'),
    () => undefined,
  )
  await Promise.race([victim.whenReported(answers), ended])
  await victim.kill()
  const error = await ended
  if (error) throw error
}
