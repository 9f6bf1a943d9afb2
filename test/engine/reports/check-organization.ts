import { expect } from 'vitest'
import type { UsageDashboard } from '../../../src/contract/insight.ts'
import type { TollgateEngine } from '../../../src/contract/tollgate.ts'
import { findAnomalies } from '../../../src/core/insight/anomalies.ts'
import { forecastPeriod } from '../../../src/core/insight/forecast.ts'
import type { Queryable } from '../../../src/storage/database.ts'
import {
  NOTHING,
  type RawFigures,
  rawDurations,
  rawFigures,
  rawLevel,
  rawOverage,
  sumOfTexts,
} from './raw-figures.ts'

const DAY_MS = 86_400_000

export interface Checked {
  readonly tollgate: TollgateEngine
  readonly db: Queryable
  readonly at: Date
}

const brief = ({ events, errors, credits, costUsd }: RawFigures) => ({
  events,
  errors,
  credits,
  costUsd,
})

/** Checks every dashboard figure against raw events, in one time zone. */
export const checkDashboard = async (
  { tollgate, db, at }: Checked,
  organizationId: string,
  timezone: string,
): Promise<void> => {
  const answer = await tollgate.usage.dashboard({ organizationId, timezone })
  const { period, dashboard } = answer
  const inPeriod = { organizationId, from: period.start, to: period.end }
  const total = (await rawFigures(db, 'all', inPeriod)).get('') ?? NOTHING

  const types = await rawFigures(db, 'event_type', inPeriod)
  expect(dashboard.events).toMatchObject({
    total: total.events,
    errors: total.errors,
    unpriced: total.unpriced,
    errorRate: total.events > 0 ? total.errors / total.events : null,
    eventTypes: types.size,
  })
  const said = new Map(dashboard.events.breakdown.map((row) => [row.eventType, row]))
  expect(said.size).toBe(types.size)
  for (const [key, raw] of types) {
    expect(said.get(key)).toMatchObject(brief(raw))
    const share = total.credits > 0 ? raw.credits / total.credits : raw.events / total.events
    expect(said.get(key)?.percentage).toBeCloseTo(share * 100, 1)
  }
  const mostEvents = [...types.values()].map(({ events }) => events).sort((a, b) => b - a)
  expect(dashboard.events.topEvents.map(({ events }) => events)).toEqual(mostEvents.slice(0, 5))

  const users = await rawFigures(db, 'user', inPeriod)
  const busiest = [...users].sort(([a, x], [b, y]) => y.events - x.events || (a < b ? -1 : 1))
  expect(dashboard.users).toEqual({
    active: users.size,
    top: busiest.slice(0, 10).map(([userId, raw]) => ({ userId, ...brief(raw) })),
  })

  for (const { meter, window, used, resetAt } of dashboard.limits) {
    if (window === 'minute' || window === 'concurrent' || resetAt === null) continue
    const from = startOf(window, resetAt, period.start)
    const level = await rawLevel(db, meter, { organizationId, from, to: resetAt })
    expect(used, `${meter}/${window}`).toBe(Number(level))
  }
  const credits = dashboard.limits.find(({ limit }) => limit === 'credits/period')
  expect(dashboard.overview).toMatchObject({
    usedCredits: total.credits,
    totalCredits: credits?.max ?? null,
    remainingCredits: credits ? Math.max(0, (credits.max ?? 0) - total.credits) : null,
    percentageUsed: credits
      ? Math.floor((total.credits / (credits.max ?? 1)) * 10_000) / 100
      : null,
  })
  await checkCalendar(db, at, organizationId, timezone, dashboard.analytics)
  await checkLatency(db, inPeriod, dashboard.latency)
  const { startsAt } = await tollgate.organizations.get({ organizationId })
  const forecast = dashboard.analytics.forecast
  await checkForecast(db, at, { organizationId, startsAt }, period, total, forecast)
}

const startOf = (window: string, resetAt: string, periodStart: string): string => {
  const end = new Date(resetAt)
  if (window === 'period') return periodStart
  if (window === 'hour') return new Date(end.getTime() - 3_600_000).toISOString()
  if (window === 'day') return new Date(end.getTime() - DAY_MS).toISOString()
  return new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - 1, 1)).toISOString()
}

type Analytics = UsageDashboard['dashboard']['analytics']

const checkCalendar = async (
  db: Queryable,
  at: Date,
  organizationId: string,
  timezone: string,
  analytics: Analytics,
): Promise<void> => {
  const all = { organizationId, from: '2000-01-01T00:00:00Z', to: at.getTime() + DAY_MS }
  const range = { ...all, to: new Date(all.to) }
  const days = await rawFigures(db, 'day', range, timezone)
  expect(analytics.dailyUsage).toHaveLength(30)
  for (const { date, ...counts } of analytics.dailyUsage) {
    expect(counts, date).toEqual(brief(days.get(date) ?? NOTHING))
  }
  const months = await rawFigures(db, 'month', range, timezone)
  expect(analytics.monthlyTrends).toHaveLength(3)
  for (const { month, events, errors, credits, costUsd } of analytics.monthlyTrends) {
    const counts = { events, errors, credits, costUsd }
    expect(counts, month).toEqual(brief(months.get(month) ?? NOTHING))
  }
  const first = `${analytics.monthlyTrends[0]?.month}-01`
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(at)
  const dates = datesBetween(first, today)
  for (const figure of ['credits', 'events'] as const) {
    const totals = dates.map((date) => days.get(date)?.[figure] ?? 0)
    const found = findAnomalies({ firstDayMs: Date.parse(first), totals }).filter(
      ({ dayMs }) => Date.parse(today) - dayMs < 30 * DAY_MS,
    )
    expect(analytics.anomalies.filter((anomaly) => anomaly.figure === figure)).toEqual(
      found.map(({ dayMs, direction, total: used, expected, strays }) => ({
        date: new Date(dayMs).toISOString().slice(0, 10),
        figure,
        direction,
        used,
        expected,
        strays,
      })),
    )
  }
}

/** Includes the first, excludes the last. */
const datesBetween = (first: string, last: string): string[] =>
  Array.from({ length: (Date.parse(last) - Date.parse(first)) / DAY_MS }, (_, index) =>
    new Date(Date.parse(first) + index * DAY_MS).toISOString().slice(0, 10),
  )

/** A percentile lies in the bucket of the true one (nearest rank). */
const checkLatency = async (
  db: Queryable,
  range: { organizationId: string; from: string; to: string },
  latency: readonly { endpoint: string; timed: number; p50Ms: number | null }[],
): Promise<void> => {
  const durations = await rawDurations(db, range)
  expect(latency).toHaveLength(Math.min(10, durations.size))
  for (const told of latency) {
    const sorted = durations.get(told.endpoint) ?? []
    const at = (percent: number) => {
      const ms = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length)) - 1] ?? 0
      const bucket = ms <= 1 ? 0 : Math.ceil(4 * Math.log2(ms) - 1e-9)
      return bucket === 0 ? 1 : Math.round(2 ** ((bucket - 0.5) / 4) * 100) / 100
    }
    expect(told).toEqual({
      endpoint: told.endpoint,
      timed: sorted.length,
      p50Ms: at(50),
      p95Ms: at(95),
      p99Ms: at(99),
    })
  }
}

const checkForecast = async (
  db: Queryable,
  at: Date,
  { organizationId, startsAt }: { organizationId: string; startsAt: string },
  period: { start: string; end: string },
  total: RawFigures,
  forecast: Analytics['forecast'],
): Promise<void> => {
  const todayMs = Math.floor(at.getTime() / DAY_MS) * DAY_MS
  const firstDayMs = Math.max(todayMs - 84 * DAY_MS, Date.parse(startsAt.slice(0, 10)))
  const known = (todayMs - firstDayMs) / DAY_MS
  const range = { organizationId, from: new Date(firstDayMs), to: new Date(todayMs + DAY_MS) }
  const days = await rawFigures(db, 'day', range)
  for (const figure of ['credits', 'events'] as const) {
    const used = Array.from({ length: known + 1 }, (_, index) => {
      const date = new Date(firstDayMs + index * DAY_MS).toISOString().slice(0, 10)
      return days.get(date)?.[figure] ?? 0
    })
    const hourMs = Math.floor(at.getTime() / 3_600_000) * 3_600_000
    const expected = forecastPeriod(
      {
        firstDayMs,
        totals: used.slice(0, known),
        today: { used: used[known] ?? 0, elapsedShare: (hourMs - todayMs) / DAY_MS },
      },
      { startMs: Date.parse(period.start), endMs: Date.parse(period.end) },
    )
    expect(forecast[figure].soFar).toBe(total[figure])
    expect(forecast[figure].basis).toBe(expected.basis)
    if (expected.basis === 'none') continue
    expect(forecast[figure].expected).toBeCloseTo(expected.total, 4)
    expect(forecast[figure].low).toBeCloseTo(expected.low, 4)
    expect(forecast[figure].high).toBeCloseTo(expected.high, 4)
  }
}

/** Checks the amounts owed past limits, and returns the sum as decimal text. */
export const checkOverage = async (
  { tollgate, db }: Checked,
  organizationId: string,
): Promise<string> => {
  const report = await tollgate.usage.overage({ organizationId })
  const limits = (await tollgate.limits.list({ organizationId })).filter(
    ({ behavior }) => behavior === 'overage',
  )
  const { overageRates } = await tollgate.planRegistry.getPlan(report.plan)
  expect(report.limits.map(({ limit }) => limit)).toEqual(limits.map(({ limit }) => limit))
  const amounts: string[] = []
  for (const [index, { meter, window, max }] of limits.entries()) {
    const line = report.limits[index]
    const start = new Date(report.period.start)
    const span =
      window === 'month'
        ? {
            from: new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth(), 1)),
            to: new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1)),
          }
        : { from: start, to: new Date(report.period.end) }
    const used = await rawLevel(db, meter, { organizationId, ...span })
    const price = overageRates[meter] ?? null
    // The tests' catalogs have a price for each unit.
    if (price !== null && typeof price !== 'string') throw new Error(`no unit price of ${meter}`)
    const amount = await rawOverage(db, used, max ?? 0, price ?? '0')
    expect(line).toMatchObject({
      used: Number(used),
      included: max,
      amountUsd: amount,
      windows: 1,
      unitPriceUsd: price,
      rate: price,
      span: { start: span.from.toISOString(), end: span.to.toISOString() },
    })
    expect(line?.over).toBeCloseTo(Math.max(0, Number(used) - (max ?? 0)), 6)
    amounts.push(amount)
  }
  expect(report.totalUsd).toBe(await sumOfTexts(db, amounts))
  return report.totalUsd
}

/** The organization's busiest times and its limits, in its own time zone. */
export const checkManagement = async (
  { tollgate, db, at }: Checked,
  organizationId: string,
): Promise<void> => {
  const { patterns, timezone } = await tollgate.usage.management({ organizationId })
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: timezone }).format(at)
  const [bounds] = await db.query<{ since: Date; until: Date }>(
    `select ($1::date - 28)::timestamp at time zone $2 as since,
            $1::date::timestamp at time zone $2 as until`,
    [today, timezone],
  )
  const range = { organizationId, from: bounds?.since ?? at, to: bounds?.until ?? at }
  const hours = await rawFigures(db, 'hour', range, timezone)
  expect(patterns.hours.map(({ events }) => events)).toEqual(
    Array.from({ length: 24 }, (_, hour) => hours.get(String(hour).padStart(2, '0'))?.events ?? 0),
  )
  const weekdays = await rawFigures(db, 'weekday', range, timezone)
  for (const { weekday, events } of patterns.weekdays) {
    expect(events, weekday).toBe((weekdays.get(weekday)?.events ?? 0) / 4)
  }
  const days = await rawFigures(db, 'day', range, timezone)
  const most = Math.max(0, ...[...days.values()].map(({ events }) => events))
  expect(patterns.busiestDay?.events ?? 0).toBe(most)
}
