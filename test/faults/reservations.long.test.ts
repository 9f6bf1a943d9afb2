import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Replayable } from '../../src/contract/call.ts'
import type { ReservationDecision, ReservationState } from '../../src/contract/decision.ts'
import { eventually } from '../setup/eventually.ts'
import { times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateConfigurations } from './gate-configurations.ts'
import type { GateProcess } from './gate-process.ts'
import { openRace, type Race, sumOf } from './gate-race.ts'

/** Raised further by `npm run torture`. */
const LEFT_BEHIND = times('TOLLGATE_GATE_RESERVATIONS', { short: 40, long: 400 })

const ORGANIZATIONS = 4
const UNITS = 3
const SETTLES = 50
/** Long enough to settle the other half first. */
const EXPIRES_IN_MS = LEFT_BEHIND > 100 ? 10_000 : 5_000

for (const configuration of gateConfigurations(['strict'])) {
  describeOnPostgres(`reservations in several processes, ${configuration.name}`, (open, url) => {
    let race: Race
    beforeAll(async () => {
      race = await openRace(await open(), url(), configuration, 2)
    })
    afterAll(() => race?.close())

    const reserve = (process: GateProcess, organizationId: string, expiresInMs: number) =>
      process.call<ReservationDecision>('reserve', {
        organizationId,
        eventType: 'use',
        quantities: { units: UNITS },
        expiresInMs,
      })

    it(`release ${LEFT_BEHIND} holds of killed processes when they expire`, async () => {
      const ids = await Promise.all(
        Array.from({ length: ORGANIZATIONS }, () => race.organization('capped')),
      )
      const victims = await Promise.all([race.start(), race.start()])
      const answers = await Promise.all(
        Array.from({ length: LEFT_BEHIND }, (_, i) =>
          reserve(
            victims[i % victims.length] as GateProcess,
            ids[i % ids.length] as string,
            EXPIRES_IN_MS,
          ),
        ),
      )
      // Half of the abandoned holds were settled first, so that there are books to compare.
      const kept = answers.filter((_, i) => Math.floor(i / ORGANIZATIONS) % 2 === 0)
      await Promise.all(
        kept.map((answer, i) => settle(victims[i % 2] as GateProcess, ids, answers, answer)),
      )
      const held = async () => sumOf(await Promise.all(ids.map(race.standing)), (s) => s.held)
      const unsettled = LEFT_BEHIND - kept.length
      expect(await held()).toBe(unsettled * UNITS)
      await Promise.all(victims.map((victim) => victim.kill()))
      race.there.splice(2)
      // By the store's clock, whichever process is left.
      await eventually(async () => expect(await held()).toBe(0))
      const used = sumOf(await Promise.all(ids.map(race.standing)), (s) => s.used)
      expect(used).toBe(kept.length * UNITS)
      expect(await race.differences()).toEqual([])
    }, 60_000)

    it(`give ${SETTLES} equal answers when settled ${SETTLES} times together, and count once`, async () => {
      const organizationId = await race.organization('capped')
      const first = race.there[0] as GateProcess
      const { reservationId } = await reserve(first, organizationId, 60_000)
      const answers = await Promise.all(
        Array.from({ length: SETTLES }, (_, i) =>
          (race.there[i % 2] as GateProcess).call<Replayable<ReservationState>>('settle', {
            organizationId,
            reservationId,
            quantities: { units: 1 + (i % 2) },
          }),
        ),
      )
      expect(new Set(answers.map(({ replayed: _, ...state }) => JSON.stringify(state))).size).toBe(
        1,
      )
      expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1)
      expect(await race.events(organizationId)).toBe(1)
      const { used, held } = await race.standing(organizationId)
      expect({ used, held }).toEqual({ used: answers[0]?.settled?.units, held: 0 })
      expect(await race.differences()).toEqual([])
    })
  })
}

/** Settles the estimate. */
const settle = (
  process: GateProcess,
  organizationIds: readonly string[],
  answers: readonly ReservationDecision[],
  decision: ReservationDecision,
): Promise<unknown> => {
  const organizationId = organizationIds[answers.indexOf(decision) % organizationIds.length]
  const { reservationId } = decision
  return process.call('settle', { organizationId, reservationId, quantities: { units: UNITS } })
}
