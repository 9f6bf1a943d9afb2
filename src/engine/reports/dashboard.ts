import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import type {
  dashboardRequestSchema,
  LimitOutlook,
  UsageDashboard,
} from '../../contract/insight.ts'
import type { CurrentUsage } from '../../contract/tenancy.ts'
import { CREDITS_METER } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import { latencyFigures, mergeHistograms } from '../../core/latency.ts'
import { isQuota } from '../../core/limit-kind.ts'
import { windowStart } from '../../core/windows.ts'
import type { EndpointLatency } from '../../storage/reports/dashboard-parts.ts'
import type { RollupFigures } from '../../storage/reports/rollups.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { current } from '../gate/current.ts'
import { recommendationsOf } from '../plans/recommendations.ts'
import { creditsOf } from '../rating/figures.ts'
import { existing } from '../tenancy/organizations.ts'
import { aboutOrganization, type Question } from './answers.ts'
import { anomaliesOf, dailyUsageOf, monthlyTrendsOf } from './dashboard-days.ts'
import { eventsOf, usersOf } from './dashboard-events.ts'
import { dailyUseOf, limitOutlook, warningsOf } from './dashboard-limits.ts'
import { type DashboardReading, readDashboard } from './dashboard-reading.ts'
import { dailyUse, outlookOf } from './outlook.ts'
import { withItsEnd } from './unchanged-until.ts'

type Dashboard = UsageDashboard['dashboard']

const ENDPOINTS = 10

type AskedDashboard = Owned<z.output<typeof dashboardRequestSchema>>

/** The overview of an organization's use. Cached until something that it depends on changes. */
export const usageDashboard = (ctx: Context, input: AskedDashboard): Promise<UsageDashboard> =>
  ctx.reports.answers.get(dashboardQuestion(ctx, input))

export const dashboardQuestion = (
  ctx: Context,
  input: AskedDashboard,
): Question<UsageDashboard> => {
  const { organizationId, timezone } = input
  const asked = { what: 'dashboard', organizationId, given: { timezone } }
  return aboutOrganization(ctx, asked, () =>
    withItsEnd(ctx, organizationId, () => readUsageDashboard(ctx, input), standingOf),
  )
}

const standingOf = ({ period, dashboard: { limits } }: UsageDashboard) => ({ period, limits })

/**
 * The overview of an organization's use: the billing period so far, days and months in its zone,
 * forecasts and warnings. It reads only roll-ups and levels, so its cost does not grow with the
 * number of events.
 */
const readUsageDashboard = async (
  ctx: Context,
  { organizationId, timezone }: AskedDashboard,
): Promise<UsageDashboard> => {
  const organization = await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const atMs = at.getTime()
  const [now, read] = await Promise.all([
    current(ctx, { organizationId }),
    readDashboard(ctx, organization, at, timezone),
  ])
  const use = dailyUseOf(read.levels, (meter) => ctx.catalog.meter(meter), read.history)
  const limits = now.limits.map((limit) =>
    limitOutlook(ctx, limit, use.get(limit.meter), {
      atMs,
      startMs: windowStartOf(limit, now.period),
    }),
  )
  const anomalies = anomaliesOf(ctx.reports.forecasts, read.days)
  const events = eventsOf(ctx, organization, read)
  const warnings = warningsOf(limits, organization.warn_percent)
  return {
    organizationId,
    plan: now.plan,
    at: at.toISOString(),
    ...read.told,
    period: now.period,
    dashboard: {
      overview: overviewOf(limits, now, read),
      events,
      users: usersOf(read),
      limits,
      latency: latencyOf(read.latencies),
      analytics: {
        dailyUsage: dailyUsageOf(read.days),
        monthlyTrends: monthlyTrendsOf(read.days),
        forecast: forecastOf(ctx, read, now.period),
        anomalies,
      },
      warnings,
      recommendations: recommendationsOf({
        limits,
        warnings,
        events,
        anomalies,
        upgradesTo: upgradesOf(organization),
      }),
    },
  }
}

/**
 * Shows the limit on credits with the longest window. Without such a limit, it shows the billing
 * period.
 */
const overviewOf = (
  limits: readonly LimitOutlook[],
  { period }: CurrentUsage,
  read: DashboardReading,
): Dashboard['overview'] => {
  const limit = LONGEST_FIRST.flatMap((window) =>
    limits.filter((one) => one.meter === CREDITS_METER && one.window === window),
  )[0]
  if (!limit) {
    return {
      totalCredits: null,
      usedCredits: creditsOf(read.total.credits),
      heldCredits: 0,
      remainingCredits: null,
      percentageUsed: null,
      window: { name: 'period', ...period },
    }
  }
  const startMs = windowStartOf(limit, period) ?? Date.parse(period.start)
  return {
    totalCredits: limit.max,
    usedCredits: limit.used,
    heldCredits: limit.held,
    remainingCredits: limit.remaining,
    percentageUsed: limit.percentageUsed,
    window: {
      name: limit.window,
      start: new Date(startMs).toISOString(),
      end: limit.resetAt ?? period.end,
    },
  }
}

/** The start of the limit's current window. Undefined: the limit has no calendar window. */
const windowStartOf = (
  { window, resetAt }: CurrentUsage['limits'][number],
  period: CurrentUsage['period'],
): number | undefined => {
  if (window === 'period') return Date.parse(period.start)
  if (!isQuota(window) || resetAt === null) return undefined
  return windowStart(window, Date.parse(resetAt) - 1, 0)
}

const LONGEST_FIRST = ['period', 'month', 'day', 'hour'] as const

const latencyOf = (rows: readonly EndpointLatency[]): Dashboard['latency'] =>
  [...grouped(rows, ({ endpoint }) => endpoint)]
    .map(([endpoint, days]) => ({ endpoint, ...latencyFigures(mergeHistograms(days)) }))
    .filter(({ timed }) => timed > 0)
    .sort((a, b) => b.timed - a.timed || (a.endpoint < b.endpoint ? -1 : 1))
    .slice(0, ENDPOINTS)

/** The forecast for the billing period, from the use of earlier UTC days. */
const forecastOf = (
  { reports }: Pick<Context, 'reports'>,
  read: DashboardReading,
  period: CurrentUsage['period'],
): Dashboard['analytics']['forecast'] => {
  const stretch = { startMs: Date.parse(period.start), endMs: Date.parse(period.end) }
  const outlook = (figure: (row: Pick<RollupFigures, 'credits' | 'events'>) => number) => {
    const used = read.utcDays.map((row) => [row.window_start.getTime(), figure(row)] as const)
    const soFar = figure(read.total)
    return outlookOf(reports.forecasts, dailyUse(used, read.history), { ...stretch, soFar }).outlook
  }
  return {
    credits: outlook(({ credits }) => creditsOf(credits)),
    events: outlook(({ events }) => Number(events)),
  }
}

const upgradesOf = ({ plan_document: plan }: OrganizationRow): readonly string[] =>
  Array.isArray(plan.upgradesTo) ? plan.upgradesTo.map(String) : []
