import { describe, expect, it } from 'vitest'
import { createTestTollgate } from '../../src/testing/index.ts'
import { describeTollgate } from './describe-tollgate.ts'

const HOUR_MS = 3_600_000

describeTollgate('insight', (subject) => {
  const calls = async (organizationId: string, number: number, timestamp?: string) => {
    const { tollgate } = subject()
    const event = { organizationId, eventType: 'api_call', ...(timestamp && { timestamp }) }
    for (let left = number; left > 0; left -= 1_000) {
      const batch = Array.from({ length: Math.min(left, 1_000) }, () => event)
      const { rejected } = await tollgate.record(batch, { backfill: true })
      expect(rejected).toEqual([])
    }
  }

  it('shows zeros and no forecast for an empty organization', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('api-platform/pro')
    const { dashboard } = await tollgate.usage.dashboard({ organizationId: id })
    expect(dashboard.events).toMatchObject({ total: 0, errorRate: null, breakdown: [] })
    expect(dashboard.overview).toMatchObject({ totalCredits: null, usedCredits: 0 })
    expect(dashboard.users).toEqual({ active: 0, top: [] })
    expect(dashboard.analytics.forecast.events).toMatchObject({
      soFar: 0,
      expected: null,
      low: null,
      high: null,
      basis: 'none',
      daysOfHistory: 0,
    })
    expect(dashboard.analytics.dailyUsage).toHaveLength(30)
    expect(dashboard.analytics.monthlyTrends.map(({ changePercent }) => changePercent)).toEqual([
      null,
      null,
      null,
    ])
    expect(dashboard.analytics.anomalies).toEqual([])
    expect([dashboard.warnings, dashboard.recommendations]).toEqual([[], []])
    expect(dashboard.limits).toMatchObject([{ used: 0, runsOutAt: null }])
    expect(await tollgate.usage.overage({ organizationId: id })).toMatchObject({
      limits: [{ used: 0, over: 0, amountUsd: '0', projected: null }],
      totalUsd: '0',
      projectedTotalUsd: '0',
    })
    const { patterns } = await tollgate.usage.management({ organizationId: id })
    expect(patterns).toMatchObject({ busiestDay: null, meanPerDay: 0, trendPercent: null })
    const { totals, topConsumers } = await tollgate.analytics.usage({ organizationId: id })
    expect(totals).toMatchObject({ events: 0, credits: 0, costUsd: '0', meanDurationMs: null })
    expect(topConsumers).toEqual([])
    const advice = await tollgate.planRegistry.recommendUpgrade(id)
    expect(advice).toMatchObject({ recommended: 'api-platform/free', isUpgrade: true })
    const { periods } = await tollgate.analytics.margin({ organizationId: id })
    expect(periods).toMatchObject([{ revenueUsd: '49', marginUsd: '49', marginPercent: 100 }])
  })

  it('shows a single event in every report, with a forecast of stated low confidence', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/professional', '2026-03-01T00:00:00Z')
    await tollgate.record(
      [
        {
          organizationId: id,
          eventType: 'structuring_diagnose',
          userId: 'ann',
          properties: { complexity: 2, echo: true, traceback: true },
          timestamp: '2026-03-09T10:00:00Z',
          status: 500,
          endpoint: '/x',
          durationMs: 100,
        },
      ],
      {},
    )
    const { dashboard } = await tollgate.usage.dashboard({ organizationId: id })
    expect(dashboard.overview).toMatchObject({ usedCredits: 28, remainingCredits: 59_972 })
    expect(dashboard.events).toMatchObject({ total: 1, errors: 1, errorRate: 1 })
    expect(dashboard.events.breakdown).toMatchObject([
      { eventType: 'structuring_diagnose', credits: 28, percentage: 100 },
    ])
    expect(dashboard.users.top).toMatchObject([{ userId: 'ann', events: 1, credits: 28 }])
    expect(dashboard.latency).toMatchObject([{ endpoint: '/x', timed: 1 }])
    const { forecast } = dashboard.analytics
    expect(forecast.credits).toMatchObject({ soFar: 28, basis: 'few_days', daysOfHistory: 9 })
    expect(forecast.credits.low).toBeGreaterThanOrEqual(28)
    expect(forecast.credits.high).toBeGreaterThan(forecast.credits.expected ?? 0)
    const used = dashboard.analytics.dailyUsage.filter(({ events }) => events > 0)
    expect(used).toMatchObject([{ date: '2026-03-09', events: 1, credits: 28 }])
  })

  it('counts late events in the windows in which they happened', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('api-platform/pro', '2026-01-05T00:00:00Z')
    const daysOf = async () => {
      const { dashboard } = await tollgate.usage.dashboard({ organizationId: id })
      return dashboard.analytics.dailyUsage.filter(({ events }) => events > 0)
    }
    await calls(id, 2)
    expect(await daysOf()).toMatchObject([{ date: '2026-03-10', events: 2 }])
    await calls(id, 3, '2026-02-20T23:59:59.999Z')
    expect(await daysOf()).toMatchObject([
      { date: '2026-02-20', events: 3 },
      { date: '2026-03-10', events: 2 },
    ])
    const { dashboard } = await tollgate.usage.dashboard({ organizationId: id })
    expect(dashboard.events.total).toBe(2)
    const { series } = await tollgate.analytics.usage({ organizationId: id, period: 'month' })
    expect(series.map(({ events }) => events)).toEqual([3, 2])
  })

  it('changes limits, threshold and zone together, or not at all', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/starter')
    const budget = { meter: 'credits', window: 'period', max: 5_000, behavior: 'hard' } as const
    const changed = await tollgate.usage.manage({
      organizationId: id,
      warnPercent: 60,
      timezone: 'Europe/Berlin',
      plan: 'ai-workspace/professional',
      limits: [{ ...budget, reason: 'a budget' }],
    })
    expect(changed).toMatchObject({
      timezone: 'Europe/Berlin',
      windowsIn: 'UTC',
      dayStarts: 'exact',
      alerts: { warnPercent: 60 },
      plan: { key: 'ai-workspace/professional', monthlyPriceUsd: '149' },
      settings: { timezone: 'Europe/Berlin' },
    })
    const credits = changed.limits.find(({ limit }) => limit === 'credits/period')
    expect(credits).toMatchObject({ max: 5_000, override: { reason: 'a budget' }, used: 0 })
    expect((await tollgate.usage.dashboard({ organizationId: id })).timezone).toBe('Europe/Berlin')
    const refused = tollgate.usage.manage({
      organizationId: id,
      warnPercent: 10,
      timezone: 'Asia/Tokyo',
      limits: [
        { ...budget, max: 4_000, reason: 'less' },
        { ...budget, meter: 'nothing', reason: 'a mistake' },
      ],
    })
    await expect(refused).rejects.toMatchObject({ faults: [{ field: 'limits[1].meter' }] })
    expect(await tollgate.usage.management({ organizationId: id })).toEqual(changed)
  })

  it.each([
    ['timezone', { timezone: 'Mars/Olympus' }],
    ['warnPercent', { warnPercent: 0 }],
    ['limits', { limits: [] }],
    [
      'limits[0].reason',
      { limits: [{ meter: 'credits', window: 'day', max: 1, behavior: 'hard' }] },
    ],
    ['colour', { colour: 'red', warnPercent: 50 }],
    ['body', {}],
  ])('refuses a management change by its field %s', async (field, change) => {
    const { tollgate, organization } = subject()
    const id = await organization('ai-workspace/starter')
    const refused = tollgate.usage.manage({ organizationId: id, ...(change as object) })
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', faults: [{ field }] })
  })

  it.each([
    [
      'timezone',
      () => subject().tollgate.usage.dashboard({ organizationId: 'x', timezone: 'Nowhere' }),
    ],
    ['period', () => subject().tollgate.analytics.usage({ period: 'decade' as 'day' })],
    [
      'endDate',
      () => subject().tollgate.analytics.usage({ startDate: '2026-03-02', endDate: '2026-03-01' }),
    ],
    [
      'endDate',
      () => subject().tollgate.analytics.usage({ startDate: '2025-01-01', endDate: '2026-03-01' }),
    ],
    [
      'endDate',
      () =>
        subject().tollgate.analytics.usage({
          period: 'hour',
          startDate: '2026-01-01',
          endDate: '2026-03-01',
        }),
    ],
    ['startDate', () => subject().tollgate.analytics.usage({ startDate: '2026-03-01T10:00:00Z' })],
    ['startDate', () => subject().tollgate.analytics.usage({ startDate: 'yesterday' })],
    ['sort', () => subject().tollgate.analytics.customers({ sort: 'colour' as 'id' })],
    ['limit', () => subject().tollgate.analytics.customers({ limit: 1_000_000_000 })],
    ['cursor', () => subject().tollgate.analytics.customers({ page: 2, cursor: 'a' })],
    ['cursor', () => subject().tollgate.analytics.customers({ cursor: 'no-such-customer' })],
    ['status', () => subject().tollgate.analytics.customers({ status: 'asleep' as 'active' })],
  ])('refuses an unlisted value by its field %s (%#)', async (field, ask) => {
    await expect(ask()).rejects.toMatchObject({ code: 'invalid_request', faults: [{ field }] })
  })

  it('refuses an unknown metric by its position', async () => {
    const metrics = ['events', 'colours'] as unknown as ['events']
    const asked = subject().tollgate.analytics.usage({ metrics })
    await expect(asked).rejects.toMatchObject({ faults: [{ field: 'metrics[1]' }] })
    const { totals } = await subject().tollgate.analytics.usage({ metrics: ['events', 'cost'] })
    expect(Object.keys(totals).sort()).toEqual(['costUsd', 'events'])
  })

  it('pages through customers by page and by cursor, in the same order', async () => {
    const { tollgate, organization } = subject()
    for (let made = 0; made < 5; made += 1) await organization('rag-chatbot/starter')
    const asked = { plan: 'rag-chatbot/starter', sort: '-revenue', limit: 2 } as const
    const first = await tollgate.analytics.customers(asked)
    const second = await tollgate.analytics.customers({ ...asked, page: 2 })
    const next = await tollgate.analytics.customers({ ...asked, cursor: first.nextCursor ?? '' })
    expect(next.items).toEqual(second.items)
    expect(first).toMatchObject({ total: 5, page: 1 })
    const all = (await tollgate.analytics.customers({ ...asked, limit: 200 })).items
    expect([...first.items, ...second.items]).toEqual(all.slice(0, 4))
    expect(all.every(({ revenueUsd }) => revenueUsd === '49')).toBe(true)
  })
})

describe('recurring revenue', () => {
  it('of 100 free, 45 at $49 and 5 at $500 is $4,705 a month and $56,460 a year', async () => {
    const { tollgate } = await createTestTollgate()
    for (const [plan, count] of Object.entries({ free: 100, pro: 45, enterprise: 5 })) {
      for (let made = 0; made < count; made += 1) {
        const id = `${plan}-${made}`
        await tollgate.organizations.create({ id, name: id, plan: `api-platform/${plan}` })
      }
    }
    const overview = await tollgate.analytics.overview()
    expect(overview).toMatchObject({ mrrUsd: '4705', arrUsd: '56460', overageRevenueUsd: '0' })
    expect(overview.organizations).toEqual({
      total: 150,
      active: 150,
      closed: 0,
      byPlan: [
        { plan: 'api-platform/enterprise', active: 5, paying: 5, mrrUsd: '2500' },
        { plan: 'api-platform/free', active: 100, paying: 0, mrrUsd: '0' },
        { plan: 'api-platform/pro', active: 45, paying: 45, mrrUsd: '2205' },
      ],
    })
    await tollgate.organizations.close({ organizationId: 'pro-0' })
    expect(await tollgate.analytics.overview()).toMatchObject({
      mrrUsd: '4656',
      organizations: { total: 150, active: 149, closed: 1 },
    })
    await tollgate.close()
  })
})

describe('a calendar day', () => {
  const daily = async (at: string, timezone: string, timestamps: readonly string[]) => {
    const { tollgate } = await createTestTollgate({ at })
    const startsAt = new Date(Date.parse(at) - 60 * 24 * HOUR_MS)
    await tollgate.organizations.create({
      id: 'acme',
      name: 'Acme',
      plan: 'api-platform/pro',
      startsAt,
    })
    const events = timestamps.map((timestamp) => ({
      organizationId: 'acme',
      eventType: 'api_call',
      timestamp,
    }))
    await tollgate.record(events, { backfill: true })
    const answer = await tollgate.usage.dashboard({ organizationId: 'acme', timezone })
    await tollgate.close()
    const { dailyUsage, monthlyTrends } = answer.dashboard.analytics
    return { answer, days: dailyUsage.filter(({ events: used }) => used > 0), monthlyTrends }
  }

  it('is counted in its month when it is a leap day', async () => {
    const { days, monthlyTrends } = await daily('2024-03-05T12:00:00Z', 'UTC', [
      '2024-02-28T23:59:59.999Z',
      '2024-02-29T00:00:00Z',
      '2024-02-29T23:59:59.999Z',
      '2024-03-01T00:00:00Z',
    ])
    expect(days.map(({ date, events }) => [date, events])).toEqual([
      ['2024-02-28', 1],
      ['2024-02-29', 2],
      ['2024-03-01', 1],
    ])
    expect(monthlyTrends).toMatchObject([
      { month: '2024-01', events: 0 },
      { month: '2024-02', events: 3, to: '2024-03-01T00:00:00.000Z' },
      { month: '2024-03', events: 1, complete: false },
    ])
  })

  it('has 23 hours when clocks move forward', async () => {
    // In Berlin, 29 March 2026 lasts from 23:00 UTC of the day before until 22:00 UTC.
    const { days, answer } = await daily('2026-04-02T12:00:00Z', 'Europe/Berlin', [
      '2026-03-28T22:59:59.999Z',
      '2026-03-28T23:00:00Z',
      '2026-03-29T21:59:59.999Z',
      '2026-03-29T22:00:00Z',
    ])
    expect(days.map(({ date, events }) => [date, events])).toEqual([
      ['2026-03-28', 1],
      ['2026-03-29', 2],
      ['2026-03-30', 1],
    ])
    expect(answer).toMatchObject({ dayStarts: 'exact', windowsIn: 'UTC' })
  })

  it('has 25 hours when clocks move back', async () => {
    // In New York, 1 November 2026 lasts from 04:00 UTC until 05:00 UTC of the next day.
    const { days, monthlyTrends } = await daily('2026-11-10T12:00:00Z', 'America/New_York', [
      '2026-11-01T03:59:59.999Z',
      '2026-11-01T04:00:00Z',
      '2026-11-02T04:59:59.999Z',
      '2026-11-02T05:00:00Z',
    ])
    expect(days.map(({ date, events }) => [date, events])).toEqual([
      ['2026-10-31', 1],
      ['2026-11-01', 2],
      ['2026-11-02', 1],
    ])
    expect(monthlyTrends.map(({ events }) => events)).toEqual([0, 1, 3])
  })

  it('is marked as inexact if its zone is not whole hours from UTC', async () => {
    const { answer } = await daily('2026-03-10T12:00:00Z', 'Asia/Kolkata', [])
    expect(answer).toMatchObject({ timezone: 'Asia/Kolkata', dayStarts: 'next_hour' })
  })
})
