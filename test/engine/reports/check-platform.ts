import { expect } from 'vitest'
import type { Checked } from './check-organization.ts'
import { NOTHING, type RawFigures, rawFigures, rawLevel, sumOfTexts } from './raw-figures.ts'

const DAY_MS = 86_400_000

/** The total of every metric in the operator's usage. */
const metricsOf = ({ events, errors, unpriced, credits, costUsd, ...tokens }: RawFigures) => ({
  events,
  errors,
  unpriced,
  credits,
  costUsd,
  ...tokens,
})

const priceOf = async ({ planRegistry }: Checked['tollgate'], plan: string) =>
  (await planRegistry.getPlan(plan)).monthlyPriceUsd

/** The operator's usage, of all organizations or one, in every step. */
export const checkUsage = async (
  { tollgate, db, at }: Checked,
  organizationId?: string,
): Promise<void> => {
  const to = new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS + DAY_MS)
  const from = new Date(to.getTime() - 60 * DAY_MS)
  const range = { organizationId, from, to }
  for (const period of ['day', 'week', 'month'] as const) {
    const asked = { startDate: from, endDate: to, period, organizationId }
    const { totals, series, topConsumers, cost } = await tollgate.analytics.usage(asked)
    const all = (await rawFigures(db, 'all', range)).get('') ?? NOTHING
    expect(totals).toMatchObject(metricsOf(all))
    const refused = await refusalsIn(db, range)
    expect(totals.refusals).toBe(refused)
    expect(series.reduce((sum, { refusals = 0 }) => sum + refusals, 0)).toBe(refused)
    const raw = await rawFigures(db, period, range)
    const nameOf = (start: string) => start.slice(0, period === 'month' ? 7 : 10)
    for (const { start, meanDurationMs: _, refusals: _refusals, ...values } of series) {
      expect(values, start).toEqual(metricsOf(raw.get(nameOf(start)) ?? NOTHING))
    }
    expect(new Set(series.map(({ start }) => nameOf(start)))).toEqual(
      new Set([...raw.keys(), ...series.map(({ start }) => nameOf(start))]),
    )
    const consumers = await rawFigures(db, organizationId ? 'user' : 'organization', range)
    const first = [...consumers].sort(
      ([a, x], [b, y]) => y.events - x.events || (a < b ? -1 : a > b ? 1 : 0),
    )
    expect(
      topConsumers.map(
        ({ kind: _, name: _name, meanDurationMs: _mean, refusals: _refusals, ...rest }) => rest,
      ),
    ).toEqual(first.slice(0, 10).map(([id, figures]) => ({ id, ...metricsOf(figures) })))
    const models = await rawFigures(db, 'model', range)
    expect(cost.totalUsd).toBe(all.costUsd)
    expect(new Map(cost.byModel.map(({ model, ...rest }) => [model, rest]))).toEqual(
      new Map([...models].map(([model, { costUsd, events }]) => [model, { costUsd, events }])),
    )
  }
}

const refusalsIn = async (
  db: Checked['db'],
  { organizationId, from, to }: { organizationId: string | undefined; from: Date; to: Date },
): Promise<number> => {
  const rows = await db.query<{ refusals: number }>(
    `select count(*)::float8 as refusals from tollgate.decisions
     where allowed = false and decided_at between $1 and $2 and decided_at <> $2
       and coalesce($3, organization_id) = organization_id`,
    [from, to, organizationId ?? null],
  )
  return rows[0]?.refusals ?? 0
}

/** The overview, the customers and the margins, from raw events and plans alone. */
export const checkPlatform = async (
  { tollgate, db, at }: Checked,
  overageOf: ReadonlyMap<string, string>,
): Promise<void> => {
  const overview = await tollgate.analytics.overview()
  const month = { from: overview.month.start, to: overview.month.end }
  const all = (await rawFigures(db, 'all', month)).get('') ?? NOTHING
  expect(overview).toMatchObject({
    calls: all.events,
    errors: all.errors,
    unpricedCalls: all.unpriced,
    credits: all.credits,
    modelCostUsd: all.costUsd,
    errorRate: all.events > 0 ? all.errors / all.events : null,
    overageRevenueUsd: await sumOfTexts(db, [...overageOf.values()]),
  })
  const each = await rawFigures(db, 'organization', month)
  const top = [...each].sort(([a, x], [b, y]) => y.events - x.events || (a < b ? -1 : 1))
  expect(
    overview.topOrganizations.map(({ organizationId, calls, credits, costUsd }) => ({
      organizationId,
      calls,
      credits,
      costUsd,
    })),
  ).toEqual(
    top.slice(0, 5).map(([organizationId, { events: calls, credits, costUsd }]) => ({
      organizationId,
      calls,
      credits,
      costUsd,
    })),
  )
  const organizations = (await tollgate.organizations.list({ limit: 200 })).items
  const prices = await Promise.all(
    organizations
      .filter(({ status }) => status === 'active')
      .map(async ({ plan }) => (await priceOf(tollgate, plan)) ?? '0'),
  )
  expect(overview.mrrUsd).toBe(await sumOfTexts(db, prices))
  expect(overview.arrUsd).toBe(await sumOfTexts(db, Array(12).fill(overview.mrrUsd)))
  expect(overview.organizations.active).toBe(prices.length)

  const { items, total } = await tollgate.analytics.customers({ limit: 200 })
  expect(total).toBe(organizations.length)
  for (const customer of items) {
    const { organizationId, period } = customer
    const range = { organizationId, from: period.start, to: new Date(at.getTime() + 1) }
    const raw = (await rawFigures(db, 'all', range)).get('') ?? NOTHING
    const price = (await priceOf(tollgate, customer.plan)) ?? '0'
    const overage = overageOf.get(organizationId) ?? '0'
    const revenue = await sumOfTexts(db, [price, overage])
    expect(customer).toMatchObject({
      calls: raw.events,
      credits: raw.credits,
      modelCostUsd: raw.costUsd,
      subscriptionUsd: price,
      overageUsd: overage,
      revenueUsd: revenue,
      marginUsd: await sumOfTexts(db, [revenue, `-${raw.costUsd}`]),
    })
    const [now] = (await tollgate.analytics.margin({ organizationId })).periods
    const { subscriptionUsd, overageUsd, revenueUsd, modelCostUsd, marginUsd } = customer
    expect(now).toMatchObject({
      ...period,
      subscriptionUsd,
      overageUsd,
      revenueUsd,
      modelCostUsd,
      marginUsd,
    })
  }
  const order = items.map(({ revenueUsd }) => Number(revenueUsd))
  expect(order).toEqual([...order].sort((a, b) => b - a))
}

/** Trials with their days and calls, compared with paying organizations. */
export const checkTrials = async ({ tollgate, db, at }: Checked): Promise<void> => {
  const { trials, payers } = await tollgate.analytics.trials()
  const to = new Date(Math.floor(at.getTime() / DAY_MS) * DAY_MS + DAY_MS)
  const from = new Date(to.getTime() - 30 * DAY_MS)
  const { items } = await tollgate.organizations.list({ limit: 200 })
  const organizations = await Promise.all(
    items.map(async ({ id, plan }) => ({ id, price: await priceOf(tollgate, plan) })),
  )
  const free = organizations.filter(({ price }) => price === '0')
  expect(new Set(trials.map(({ organizationId }) => organizationId))).toEqual(
    new Set(free.map(({ id }) => id)),
  )
  const activeDays = async (organizationId: string) =>
    (await rawFigures(db, 'day', { organizationId, from, to })).size
  for (const trial of trials) {
    const { organizationId } = trial
    const raw = (await rawFigures(db, 'all', { organizationId, from, to })).get('') ?? NOTHING
    expect(trial).toMatchObject({
      calls: raw.events,
      activeDays: await activeDays(organizationId),
    })
  }
  const paying = organizations.filter(({ price }) => Number(price ?? 0) > 0)
  const days = (await Promise.all(paying.map(({ id }) => activeDays(id)))).sort((a, b) => a - b)
  expect(payers.organizations).toBe(paying.length)
  const middle = (days.length - 1) / 2
  const usual = ((days[Math.floor(middle)] ?? 0) + (days[Math.ceil(middle)] ?? 0)) / 2
  expect(payers.medianActiveDays).toBe(days.length > 0 ? usual : null)
}

/** Another plan's limits of the billing period, from levels of raw events. */
export const checkAnotherPlan = async (
  { tollgate, db }: Checked,
  organizationId: string,
  plan: string,
): Promise<void> => {
  const answer = await tollgate.usage.onAnotherPlan({ organizationId, plan })
  const definition = await tollgate.planRegistry.getPlan(plan)
  const span = { organizationId, from: answer.period.start, to: answer.period.end }
  for (const limit of answer.other.limits) {
    if (limit.window !== 'period') continue
    const used = Number(await rawLevel(db, limit.meter, span))
    const { max } = limit
    const over = max === null ? 0 : Math.max(0, used - max)
    expect(limit.peak).toBe(used)
    expect(limit.refused).toBeCloseTo(limit.behavior === 'hard' ? over : 0, 6)
    expect(limit.refusedWindows).toBe(limit.behavior === 'hard' && over > 0 ? 1 : 0)
    const rate = definition.overageRates[limit.meter] ?? '0'
    const amount = limit.behavior === 'overage' ? over * Number(rate) : 0
    expect(Number(limit.overageUsd)).toBeCloseTo(amount, 9)
  }
  expect(answer.other.monthlyPriceUsd).toBe(definition.monthlyPriceUsd)
  expect(answer.other.overageUsd).toBe(
    await sumOfTexts(
      db,
      answer.other.limits.map(({ overageUsd }) => overageUsd),
    ),
  )
}
