import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import { eventually } from '../setup/eventually.ts'
import { times } from '../setup/form.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { gateConfigurations, LIMIT } from './gate-configurations.ts'
import type { GateProcess, Load } from './gate-process.ts'
import { expectAnswered, openRace, type Race, sumOf } from './gate-race.ts'

/** Raised further by `npm run torture`. */
const HOT_CALLS = times('TOLLGATE_GATE_HOT_CALLS', { short: 600, long: 1_800 })

const COLD_ORGANIZATIONS = Math.min(200, HOT_CALLS / 9)
/** A tenth of the load. */
const COLD_CALLS = Math.max(COLD_ORGANIZATIONS, Math.round(HOT_CALLS / 9))

for (const configuration of gateConfigurations(['strict', 'leased'])) {
  describeOnPostgres(`organizations in the same processes, ${configuration.name}`, (open, url) => {
    let race: Race
    let here: GateProcess
    let there: GateProcess
    beforeAll(async () => {
      race = await openRace(await open(), url(), configuration, 2)
      ;[here, there] = race.there as [GateProcess, GateProcess]
    })
    afterAll(() => race?.close())

    it(`get answers, even ${COLD_ORGANIZATIONS} new ones next to one with 90 % of the load`, async () => {
      const hot = await race.organization('roomy')
      const cold: string[] = []
      for (let i = 0; i < COLD_ORGANIZATIONS; i++) cold.push(await race.organization('capped'))
      const load = { eventType: 'use', callers: 32 } as const
      const hotLoad: Load = { ...load, organizationIds: [hot], total: HOT_CALLS }
      // Each process has them in another order, so their batches share no common lock order.
      const coldLoads: Load[] = [cold, cold.toReversed()].map((organizationIds) => ({
        ...load,
        organizationIds,
        total: COLD_CALLS,
      }))
      const seen = await Promise.all([
        here.load(hotLoad),
        there.load(hotLoad),
        here.load(coldLoads[0] as Load),
        there.load(coldLoads[1] as Load),
      ])
      expectAnswered(seen)
      expect(seen.map(({ reasons }) => reasons)).toEqual(seen.map(() => ({})))
      await race.flush()
      expect((await race.standing(hot)).used).toBe(2 * HOT_CALLS)
      const used = sumOf(await Promise.all(cold.map(race.standing)), (standing) => standing.used)
      expect(used).toBe(2 * COLD_CALLS)
      expect(await race.differences()).toEqual([])
    }, 120_000)

    it('follow a limit lowered by another process, and return its leases', async () => {
      const organizationId = await race.organization('capped')
      const load: Load = { organizationIds: [organizationId], eventType: 'use', callers: 16 }
      const underWay = there.load(load)
      await vi.waitUntil(async () => (await race.standing(organizationId)).used > 100, {
        timeout: 20_000,
      })
      const lowered = {
        organizationId,
        meter: 'units',
        window: 'period',
        max: 50,
        behavior: 'hard',
        reason: 'a test of what is on lease',
      }
      await here.call('limits.override', lowered)
      const event = { organizationId, eventType: 'use', quantities: { units: 1 } }
      const isRefused = async () => !(await there.call<Decision>('track', event)).allowed
      await vi.waitUntil(isRefused, { timeout: 10_000, interval: 20 })
      await there.stop()
      const seen = await underWay
      expectAnswered([seen])
      expect(seen.units).toBeLessThan(LIMIT)
      // From here on all calls are refused: nothing of the old limit is left.
      const after = await Promise.all([
        here.load({ ...load, total: 64 }),
        there.load({ ...load, total: 64 }),
      ])
      expect(after.map(({ allowed }) => allowed)).toEqual([0, 0])
      await race.flush()
      await eventually(async () => expect((await race.standing(organizationId)).leased).toBe(0))
      expect(await race.differences()).toEqual([])
    }, 60_000)
  })
}
