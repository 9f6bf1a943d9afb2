import { expect, it } from 'vitest'
import { describeEngine, type EngineSubject } from './describe-engine.ts'
import { metersOnly } from './meters-catalog.ts'

const HARD = { behavior: 'hard', reason: 'test' } as const
const OF_ALL = { meter: 'calls', window: 'day', per: 'organization' } as const
const OF_USER = { meter: 'calls', window: 'minute', per: 'user' } as const

const promises = (subject: () => EngineSubject) => {
  /**
   * An organization with two calls a day and one a minute per user. Some of its calls were refused.
   */
  const refused = async (): Promise<string> => {
    const { tollgate } = subject()
    const organizationId = await subject().organization('free')
    await tollgate.limits.override({ organizationId, ...HARD, ...OF_ALL, max: 2 })
    await tollgate.limits.override({ organizationId, ...HARD, ...OF_USER, max: 1 })
    const allowed: boolean[] = []
    for (const userId of ['ann', 'ann', 'bob', 'bob', 'cy']) {
      const call = { organizationId, eventType: 'work', userId }
      allowed.push((await tollgate.track(call)).allowed)
    }
    expect(allowed).toEqual([true, false, true, false, false])
    return organizationId
  }

  it('count each refused call once, and under every limit that refused it', async () => {
    const organizationId = await refused()
    const { tollgate } = subject()
    const asked = { organizationId, startDate: '2026-03-09', endDate: '2026-03-10' }
    const usage = await tollgate.analytics.usage(asked)
    expect(usage.totals.refusals).toBe(3)
    expect(usage.series.map(({ refusals }) => refusals)).toEqual([0, 3])
    // The user's limit refused Ann's second call, both refused Bob's, the organization's refused
    // Cy's.
    expect(usage.refusalsByLimit).toEqual([
      { ...OF_ALL, refusals: 2 },
      { ...OF_USER, refusals: 2 },
    ])
    const other = await tollgate.analytics.usage({ ...asked, metrics: ['events'] })
    expect(other.totals).toEqual({ events: 2 })
    expect(other).not.toHaveProperty('refusalsByLimit')
    const replayed = await tollgate.check({ organizationId, eventType: 'work', userId: 'cy' })
    expect(replayed.allowed).toBe(false)
    expect((await tollgate.analytics.usage(asked)).totals.refusals).toBe(3)
  })

  it('are counted over all organizations, and for each of the top consumers', async () => {
    const { tollgate } = subject()
    const asked = { startDate: '2026-03-10', endDate: '2026-03-11', period: 'hour' } as const
    const before = await tollgate.analytics.usage(asked)
    const id = await refused()
    const { totals, series, topConsumers, refusalsByLimit } = await tollgate.analytics.usage(asked)
    expect(totals.refusals).toBe((before.totals.refusals ?? 0) + 3)
    expect(series[12]?.refusals).toBe(totals.refusals)
    expect(topConsumers.find((one) => one.id === id)?.refusals).toBe(3)
    const counted = (usage: { refusals: number }[] = []) =>
      usage.reduce((sum, { refusals }) => sum + refusals, 0)
    expect(counted(refusalsByLimit)).toBe(counted(before.refusalsByLimit) + 4)
  })
}

describeEngine('refusals in strict mode', metersOnly, promises)
describeEngine('refusals in leased mode', { ...metersOnly, decide: 'leased' }, promises)
