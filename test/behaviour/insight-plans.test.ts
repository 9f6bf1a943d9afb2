import { expect, it } from 'vitest'
import type { CatalogInput } from '../../src/contract/catalog.ts'
import { describeTollgate } from './describe-tollgate.ts'

const SHOP: CatalogInput = {
  key: 'small-shop',
  name: 'Small shop',
  meters: [
    { key: 'api_calls', unit: 'call', aggregation: 'count' },
    { key: 'credits', unit: 'credit', aggregation: 'sum', scale: 6 },
  ],
  eventTypes: [
    {
      key: 'api_call',
      name: 'API call',
      category: 'api',
      baseCredits: 2,
      meters: { api_calls: 1 },
    },
  ],
  plans: [
    {
      key: 'free',
      name: 'Free',
      monthlyPriceUsd: '0',
      upgradesTo: ['pro'],
      limits: [{ meter: 'api_calls', window: 'period', max: 100, behavior: 'hard' }],
    },
    {
      key: 'pro',
      name: 'Pro',
      monthlyPriceUsd: '49',
      overageRates: { api_calls: '0.01' },
      limits: [{ meter: 'api_calls', window: 'period', max: 1_000, behavior: 'overage' }],
    },
    {
      key: 'enterprise',
      name: 'Enterprise',
      monthlyPriceUsd: '500',
      limits: [{ meter: 'api_calls', window: 'period', max: null, behavior: 'hard' }],
    },
  ],
}

describeTollgate('reports that compare plans', (subject) => {
  /**
   * Free has 100 calls; Pro has 1,000 for $49 and charges $0.01 for each more; a third is
   * unlimited.
   */
  const onShop = async (plan: string, startsAt?: string) => {
    const { tollgate, organization } = subject()
    const inForce = await tollgate.catalog.inForce()
    const isThere = inForce.some(({ catalog }) => catalog === SHOP.key)
    if (!isThere) await tollgate.catalog.apply({ document: SHOP })
    return organization(`${SHOP.key}/${plan}`, startsAt)
  }

  const calls = async (organizationId: string, number: number, timestamp?: string) => {
    const { tollgate } = subject()
    const event = { organizationId, eventType: 'api_call', ...(timestamp && { timestamp }) }
    for (let left = number; left > 0; left -= 1_000) {
      const batch = Array.from({ length: Math.min(left, 1_000) }, () => event)
      const { rejected } = await tollgate.record(batch, { backfill: true })
      expect(rejected).toEqual([])
    }
  }

  it('forecast when a limit will run out, and warn before', async () => {
    const { tollgate } = subject()
    const id = await onShop('free', '2026-03-01T00:00:00Z')
    for (let day = 1; day <= 9; day += 1) await calls(id, 9, `2026-03-0${day}T08:00:00Z`)
    const { dashboard } = await tollgate.usage.dashboard({ organizationId: id })
    const [limit] = dashboard.limits
    expect(limit).toMatchObject({ used: 81, remaining: 19, percentageUsed: 81 })
    // At 9 a day: 4.5 in the rest of today, 9 tomorrow, and the other 5.5 the day after.
    expect(limit?.runsOutAt?.slice(0, 10)).toBe('2026-03-12')
    expect(limit?.outlook).toMatchObject({ soFar: 81, basis: 'few_days' })
    expect(dashboard.warnings).toMatchObject([{ limit: 'api_calls/period', level: 'near' }])
    expect(dashboard.recommendations).toMatchObject([{ code: 'upgrade' }])
    await tollgate.organizations.update({ organizationId: id, warnPercent: 95 })
    const later = await tollgate.usage.dashboard({ organizationId: id })
    expect(later.dashboard.warnings).toMatchObject([{ level: 'forecast' }])
    await calls(id, 19)
    const full = (await tollgate.usage.dashboard({ organizationId: id })).dashboard
    expect(full.limits[0]).toMatchObject({ remaining: 0, runsOutAt: null })
    expect(full.warnings).toMatchObject([{ level: 'reached', percentageUsed: 100 }])
  })

  it('charge overage by the plan of its time if the plan changes mid-period', async () => {
    const { tollgate, clock } = subject()
    const id = await onShop('pro', '2026-03-01T00:00:00Z')
    await calls(id, 990, '2026-03-04T08:00:00Z')
    await calls(id, 25, '2026-03-10T11:59:59.999Z')
    expect(await tollgate.usage.overage({ organizationId: id })).toMatchObject({ totalUsd: '0.15' })
    const began = clock.now()
    await clock.set('2026-03-10T12:20:00.500Z')
    await tollgate.organizations.update({ organizationId: id, plan: 'small-shop/enterprise' })
    await calls(id, 3, '2026-03-10T12:10:00Z')
    await calls(id, 4, '2026-03-10T12:20:00.500Z')
    const after = await tollgate.usage.overage({ organizationId: id })
    // Late use from before the change is overage as well: 15 and 3 at $0.01.
    expect(after).toMatchObject({ plan: 'small-shop/enterprise', totalUsd: '0.18' })
    expect(after.limits).toMatchObject([{ used: 1_022, over: 18, included: null }])
    await clock.advance(1_000)
    await tollgate.organizations.update({ organizationId: id, plan: 'small-shop/pro' })
    await calls(id, 1)
    expect(await tollgate.usage.overage({ organizationId: id })).toMatchObject({ totalUsd: '0.19' })
    const [customer] = (await tollgate.analytics.customers({ search: id })).items
    expect(customer).toMatchObject({ overageUsd: '0.19', revenueUsd: '49.19' })
    await clock.set(began)
  })

  it('split the price of a period by the seconds on each plan', async () => {
    const { tollgate, organization, clock } = subject()
    const id = await organization('api-platform/pro', '2026-03-01T00:00:00Z')
    const began = clock.now()
    await clock.set('2026-03-16T12:00:00Z')
    await tollgate.organizations.update({ organizationId: id, plan: 'api-platform/enterprise' })
    const [period] = (await tollgate.analytics.margin({ organizationId: id })).periods
    // 15.5 of March's 31 days on each: 49 / 2 + 500 / 2.
    expect(period).toMatchObject({ subscriptionUsd: '274.5', complete: false })
    await clock.set(began)
  })

  it('recommend the cheapest plan that would have covered past use', async () => {
    const { tollgate } = subject()
    const small = await onShop('enterprise', '2026-01-10T00:00:00Z')
    await calls(small, 1_005, '2026-02-15T08:00:00Z')
    const advice = await tollgate.planRegistry.recommendUpgrade(small)
    // Two periods, and a third that begins today: 3 × $49 and 5 × $0.01.
    expect(advice).toMatchObject({ recommended: 'small-shop/pro', isUpgrade: true, refusals: 0 })
    expect(advice.periods).toHaveLength(3)
    const byPlan = new Map(advice.plans.map((plan) => [plan.plan, plan]))
    expect(byPlan.get('small-shop/pro')).toMatchObject({ totalUsd: '147.05', covers: true })
    expect(byPlan.get('small-shop/enterprise')).toMatchObject({ totalUsd: '1500' })
    expect(byPlan.get('small-shop/free')).toMatchObject({ totalUsd: '0', covers: false })
    expect(byPlan.get('small-shop/free')?.limits).toMatchObject([
      { refusedWindows: 1, refused: 905, peak: 1_005, judged: true },
    ])
    expect(advice.reason).toContain('$147.05')
  })

  it('show how a changed catalog would have priced the last 90 days, and change nothing', async () => {
    const { tollgate } = subject()
    const id = await onShop('pro', '2025-11-10T00:00:00Z')
    await calls(id, 1_005, '2026-02-15T08:00:00Z')
    await calls(id, 10, '2025-12-01T08:00:00Z')
    const [event] = await subject().db.query<{ id: string }>(
      `select id from tollgate.events where organization_id = $1
       order by occurred_at desc, id limit 1`,
      [id],
    )
    await tollgate.reverse({ organizationId: id, eventId: event?.id ?? '', reason: 'a mistake' })
    const changed = structuredClone(SHOP)
    Object.assign(changed.eventTypes[0] ?? {}, { baseCredits: 3, meters: { api_calls: 2 } })
    Object.assign(changed.plans[1] ?? {}, { overageRates: { api_calls: '0.02' } })
    const before = await tollgate.catalog.inForce()
    // Test files share a database, so other files' retention does not affect this test.
    await subject().db.query('delete from tollgate.retention', [])
    const run = await tollgate.catalog.dryRun({ document: changed })
    expect(await tollgate.catalog.inForce()).toEqual(before)
    // 1,004 calls are left: at 2 credits and 4 past the limit, or at 3, and 1,008 past it.
    const mine = run.organizations.find(({ organizationId }) => organizationId === id)
    expect(mine).toMatchObject({
      plan: 'small-shop/pro',
      planKept: false,
      events: 1_006,
      unknownEvents: 0,
      before: { credits: 2_008, overageUsd: '0.04', refusedWindows: 0 },
      after: { credits: 3_012, overageUsd: '20.16', refusedWindows: 0 },
      creditsDifference: 1_004,
      overageDifferenceUsd: '20.12',
    })
    expect(run).toMatchObject({ catalog: 'small-shop', from: '2025-12-10T00:00:00.000Z' })
    const without = { ...changed, eventTypes: [], plans: changed.plans.slice(2) }
    const gone = await tollgate.catalog.dryRun({ document: without })
    expect(gone.organizations.find(({ organizationId }) => organizationId === id)).toMatchObject({
      planKept: true,
      unknownEvents: 1_006,
      after: { credits: 0, overageUsd: '0' },
    })
    const other = structuredClone(changed)
    Object.assign(other.meters[0] ?? {}, { aggregation: 'max' })
    await expect(tollgate.catalog.dryRun({ document: other })).rejects.toMatchObject({
      code: 'unprocessable',
      faults: [{ field: 'meters.api_calls' }],
    })
    const nothing = { key: 'small-shop' } as CatalogInput
    await expect(tollgate.catalog.dryRun({ document: nothing })).rejects.toMatchObject({
      code: 'invalid_request',
    })
  })

  it('do not recommend a plan that would have refused calls', async () => {
    const { tollgate } = subject()
    const id = await onShop('free')
    await calls(id, 100)
    expect(await tollgate.planRegistry.recommendUpgrade(id)).toMatchObject({
      recommended: 'small-shop/free',
      isUpgrade: false,
      refusals: 0,
    })
    expect((await tollgate.track({ organizationId: id, eventType: 'api_call' })).allowed).toBe(
      false,
    )
    const advice = await tollgate.planRegistry.recommendUpgrade(id)
    expect(advice).toMatchObject({ recommended: 'small-shop/pro', isUpgrade: true, refusals: 1 })
    const { trials } = await tollgate.analytics.trials()
    expect(trials.find(({ organizationId }) => organizationId === id)).toMatchObject({
      refusals: 1,
      percentageUsed: 100,
      activeDays: 1,
      signals: expect.arrayContaining(['near_its_limits', 'was_refused']),
    })
  })

  it('show this month on another plan; customers see public plans only', async () => {
    const { tollgate, organization } = subject()
    const id = await organization('rag-chatbot/pro')
    const message = {
      organizationId: id,
      eventType: 'chat_message',
      quantities: { tokens: 60_000 },
    }
    await tollgate.record([message, message], {})
    const answer = await tollgate.usage.onAnotherPlan({
      organizationId: id,
      plan: 'rag-chatbot/starter',
    })
    expect(answer).toMatchObject({
      present: { plan: 'rag-chatbot/pro', totalUsd: '199', covers: true },
      other: { plan: 'rag-chatbot/starter', totalUsd: '49', covers: false },
      differenceUsd: '-150',
    })
    const limits = new Map(answer.other.limits.map((limit) => [limit.limit, limit]))
    expect(limits.get('tokens/day')).toMatchObject({ refusedWindows: 1, refused: 20_000 })
    expect(limits.get('api_calls/minute')).toMatchObject({ judged: false, windows: 0 })
    const wrong = tollgate.usage.onAnotherPlan({ organizationId: id, plan: 'rag-chatbot/gold' })
    await expect(wrong).rejects.toMatchObject({
      code: 'unprocessable',
      faults: [{ field: 'plan' }],
    })
  })
})
