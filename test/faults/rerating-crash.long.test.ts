import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import type { TollgateEngine } from '../../src/contract/tollgate.ts'
import { createTollgate } from '../../src/engine/create-tollgate.ts'
import type { Database } from '../../src/storage/database.ts'
import { testClock } from '../../src/testing/index.ts'
import { times } from '../setup/form.ts'
import { describeOnEachDatabase } from '../setup/substrates.ts'
import { Fuse, withFuse } from './fuse.ts'

const ROUNDS = times('TOLLGATE_RERATING_CRASHES', { short: 2, long: 12 }) / 2
/** More than one transaction's corrections. */
const EVENTS = 620
const FROM = '2026-03-01T00:00:00Z'

const catalog = {
  key: 'crash',
  name: 'Crash',
  meters: [{ key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 }],
  eventTypes: [{ key: 'ask', name: 'Ask', category: 'all', baseCredits: 1, meters: {} }],
  plans: [{ key: 'open', name: 'Open', monthlyPriceUsd: 0, limits: [] }],
} satisfies CatalogInput

describeOnEachDatabase('rerating with a crash at any step', (open) => {
  const clock = testClock('2026-03-10T12:00:00Z')
  const catalogs = [{ document: catalog, origin: 'the prices of the tests' }]
  const fuse = new Fuse()
  let db: Database
  let healthy: TollgateEngine

  beforeAll(async () => {
    db = await open()
    healthy = await createTollgate({ database: db, clock, catalogs })
    await healthy.organizations.create({ id: 'acme', name: 'acme', plan: 'open', startsAt: FROM })
    for (const part of [0, 1]) {
      await healthy.record(
        Array.from({ length: EVENTS / 2 }, (_, index) => ({
          organizationId: 'acme',
          eventType: 'ask',
          id: `${part}-${index}`,
          // Many events at one moment, so that a page ends within them.
          timestamp: `2026-03-09T0${part}:00:0${index % 3}Z`,
        })),
      )
    }
  })
  afterAll(() => healthy.close())

  /** A process with a limited number of steps. */
  const runOf = async (steps: number): Promise<void> => {
    const process = await createTollgate({ database: withFuse(db, fuse), clock, catalogs })
    fuse.arm(steps)
    await process.usage.rerate({ from: FROM, dryRun: false }).catch(() => undefined)
    fuse.disarm()
    await process.close()
  }
  const audited = async (): Promise<number> => {
    let events = 0
    // Every page, because a long run leaves more entries than one page.
    for await (const entry of healthy.audit.list({ organizationId: 'acme', limit: 100 })) {
      if (entry.action === 'usage.rerated') events += (entry.new as { events: number }).events
    }
    return events
  }

  it(`continues after a crash and corrects each event once, ${ROUNDS} times`, async () => {
    await healthy.catalog.eventTypes.update({ key: 'ask', baseCredits: '0.5' })
    await runOf(Number.POSITIVE_INFINITY)
    const wholeRun = fuse.steps
    let ends = 0
    for (let round = 1; round <= ROUNDS; round += 1) {
      await healthy.catalog.eventTypes.update({ key: 'ask', baseCredits: String(1 + round) })
      const before = await audited()
      // After the first transaction, and then at any step.
      for (const part of [0.8, (round * 0.37) % 1]) {
        await runOf(Math.floor(wholeRun * part))
        const done = (await audited()) - before
        if (done > 0 && done < EVENTS) ends += 1
      }
      const rest = EVENTS - ((await audited()) - before)
      expect(await healthy.usage.rerate({ from: FROM, dryRun: false })).toMatchObject({
        events: EVENTS,
        changed: rest,
        creditsDifference: rest * (round === 1 ? 1.5 : 1),
      })
      expect(await healthy.usage.rerate({ from: FROM, dryRun: false })).toMatchObject({
        events: EVENTS,
        changed: 0,
        after: { credits: EVENTS * (1 + round) },
      })
      const { total } = await healthy.usage.daily({ organizationId: 'acme', days: 5 })
      expect(total).toMatchObject({ events: EVENTS, credits: EVENTS * (1 + round) })
    }
    expect(ends).toBeGreaterThan(0)
    expect((await healthy.admin.aggregate()).differences).toEqual([])
  }, 120_000)
})
