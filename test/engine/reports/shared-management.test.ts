import { expect, it } from 'vitest'
import { createTollgate } from '../../../src/engine/create-tollgate.ts'
import type { Database } from '../../../src/storage/database.ts'
import { testClock } from '../../../src/testing/index.ts'
import { describeByForm } from '../../setup/substrates.ts'

const REPORTS = 25
/** The limits, their levels, and the hours. */
const READINGS_OF_ONE = 3

/** A database that counts the readings of reports. */
const counted = (db: Database) => {
  let readings = 0
  const counting = (one: Pick<Database, 'query' | 'transaction'>): typeof one => ({
    ...one,
    transaction: (work, opening) => {
      readings += 1
      return one.transaction(work, opening)
    },
  })
  const { reads } = db
  return {
    database: { ...db, ...counting(db), ...(reads && { reads: { ...reads, ...counting(reads) } }) },
    readings: () => readings,
  }
}

describeByForm('how use is managed, asked by many at once', (open) => {
  it('is read once for those who ask meanwhile, and never older than what was changed', async () => {
    const { database, readings } = counted(await open())
    const tollgate = await createTollgate({ database, clock: testClock('2026-03-10T12:00:05Z') })
    const organizationId = 'acme'
    await tollgate.organizations.create({
      id: organizationId,
      name: 'Acme',
      plan: 'ai-workspace/starter',
    })
    await tollgate.usage.management({ organizationId })
    const before = readings()
    const asked = await Promise.all(
      Array.from({ length: REPORTS }, () => tollgate.usage.management({ organizationId })),
    )
    expect(new Set(asked.map((one) => JSON.stringify(one))).size).toBe(1)
    // Who asks during a reading shares the next one.
    expect(readings() - before).toBeLessThanOrEqual(2 * READINGS_OF_ONE)
    for (const warnPercent of [61, 62, 63]) {
      await tollgate.usage.manage({ organizationId, warnPercent })
      const { alerts } = await tollgate.usage.management({ organizationId })
      expect(alerts.warnPercent).toBe(warnPercent)
    }
    await tollgate.limits.override({
      organizationId,
      meter: 'credits',
      window: 'month',
      max: 77,
      behavior: 'hard',
      reason: 'test',
    })
    const { limits } = await tollgate.usage.management({ organizationId })
    expect(limits).toContainEqual(expect.objectContaining({ limit: 'credits/month', max: 77 }))
  })
})
