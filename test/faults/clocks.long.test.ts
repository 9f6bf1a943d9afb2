import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { describeOnPostgres } from '../setup/substrates.ts'
import { A_MINUTE, BURST, gateConfigurations, LIMIT } from './gate-configurations.ts'
import type { GateSettings, Load, LoadSeen } from './gate-process.ts'
import { expectAnswered, openRace, type Race, sumOf } from './gate-race.ts'

const TEN_MINUTES_MS = 600_000
const CALLERS = 16
/** Correct, ten minutes early, ten minutes late, and a minute for every second. */
const CLOCKS: readonly NonNullable<GateSettings['clock']>[] = [
  {},
  { offsetMs: -TEN_MINUTES_MS },
  { offsetMs: TEN_MINUTES_MS },
  { pace: 60 },
]

for (const configuration of gateConfigurations(['leased'], ['strict', 'leased'])) {
  describeOnPostgres(`processes with wrong clocks, ${configuration.name}`, (open, url) => {
    let race: Race
    let db: Database
    beforeAll(async () => {
      db = await open()
      race = await openRace(db, url(), configuration, 0)
      await Promise.all(CLOCKS.map((clock) => race.start({ clock })))
    })
    afterAll(() => race?.close())

    const together = (load: Omit<Load, 'callers'>): Promise<LoadSeen[]> =>
      Promise.all(race.there.map((process) => process.load({ ...load, callers: CALLERS })))
    const storeTimeMs = async (): Promise<number> => {
      const [row] = await db.query<{ ms: number }>(
        'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
      )
      return row?.ms ?? 0
    }

    it(`allow exactly ${LIMIT} calls on a limit in a shared window`, async () => {
      const organizationId = await race.organization('capped')
      const seen = await together({
        organizationIds: [organizationId],
        eventType: 'use',
        total: LIMIT / 10,
        costs: [5],
      })
      expectAnswered(seen)
      await race.flush()
      const { used, leased } = await race.standing(organizationId)
      const answered = sumOf(seen, ({ units }) => units)
      expect({ answered, used, leased }).toEqual({ answered: LIMIT, used: LIMIT, leased: 0 })
      expect(await race.differences()).toEqual([])
    }, 60_000)

    it("allow nothing extra on a rate, and give retry times by the store's clock", async () => {
      const organizationId = await race.organization('paced')
      const startedMs = await storeTimeMs()
      const load = { organizationIds: [organizationId], eventType: 'call' as const }
      const first = await together({ ...load, total: BURST })
      const second = await together({ ...load, total: BURST })
      const elapsedMs = (await storeTimeMs()) - startedMs
      const seen = [...first, ...second]
      expectAnswered(seen)
      const leaked = (elapsedMs / 60_000) * A_MINUTE
      const admitted = sumOf(seen, ({ allowed }) => allowed)
      expect(admitted).toBeGreaterThanOrEqual(BURST)
      expect(admitted).toBeLessThanOrEqual(BURST + Math.floor(leaked))
      // The rate is full. Its next unit leaks within 10 s, whichever process answers.
      const waits = seen.flatMap(({ retryAfterS }) => retryAfterS)
      expect(waits.length).toBe(sumOf(seen, ({ answered }) => answered) - admitted)
      expect(Math.max(...waits)).toBeLessThanOrEqual(60 / A_MINUTE + 1)
      expect(Math.min(...waits)).toBeGreaterThanOrEqual(0)
    }, 60_000)
  })
}
