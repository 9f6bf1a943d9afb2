import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import {
  DEFAULT_DAYS,
  type EndpointsUsage,
  endpointsDefaults,
  type endpointsRequestSchema,
} from '../../contract/usage-reports.ts'
import { latencyFigures, mergeHistograms } from '../../core/latency.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { timezoneOf } from '../../storage/reports/insight.ts'
import { countInHours, topInHours } from '../../storage/reports/report-rollups.ts'
import { type LatencyRow, latenciesOf } from '../../storage/reports/rollups.ts'
import type { Context } from '../context.ts'
import { usageFigures } from '../rating/figures.ts'
import { aboutOrganization, type Question } from './answers.ts'
import { coveringDays, reportRange } from './report-range.ts'

/** The largest error of a percentile that is computed from a histogram. */
const WITHIN_PERCENT = 10

type AskedEndpoints = Owned<z.output<typeof endpointsRequestSchema>>

/** Calls, errors and latencies of an organization by endpoint, the most called first. */
export const endpointsUsage = (ctx: Context, input: AskedEndpoints): Promise<EndpointsUsage> =>
  ctx.reports.answers.get(endpointsQuestion(ctx, input))

export const endpointsQuestion = (
  ctx: Context,
  { organizationId, ...given }: AskedEndpoints,
): Question<EndpointsUsage> =>
  aboutOrganization(ctx, { what: 'endpoints', organizationId, given }, async () => ({
    value: await readEndpoints(ctx, { organizationId, ...given }),
    untilMs: Number.POSITIVE_INFINITY,
  }))

const readEndpoints = async (
  ctx: Context,
  {
    organizationId,
    days: count = DEFAULT_DAYS.endpoints,
    timezone,
    limit = endpointsDefaults.limit,
  }: AskedEndpoints,
): Promise<EndpointsUsage> => {
  const now = ctx.clock.now()
  const { range, latencyRange, top, endpointsInAll, latencies } = await asOrganization(
    ctx.db,
    organizationId,
    async (tx) => {
      const reported = reportRange(now, count, timezone ?? (await timezoneOf(tx, organizationId)))
      const covering = coveringDays(reported)
      const read = { dimension: 'endpoint', from: reported.from, to: reported.to } as const
      const figures = await topInHours(tx, organizationId, read, { by: 'events', limit })
      const endpoints = figures.map(({ key }) => key)
      return {
        range: reported,
        latencyRange: covering,
        top: figures,
        endpointsInAll: await countInHours(tx, organizationId, read),
        latencies: await latenciesOf(tx, organizationId, { ...covering, endpoints }),
      }
    },
  )
  const histograms = byEndpoint(latencies)
  return {
    organizationId,
    ...range.told,
    latency: {
      from: latencyRange.from.toISOString(),
      to: latencyRange.to.toISOString(),
      withinPercent: WITHIN_PERCENT,
    },
    endpointsInAll,
    endpoints: top.map((figures) => ({
      endpoint: figures.key,
      ...usageFigures(figures),
      ...latencyFigures(mergeHistograms(histograms.get(figures.key) ?? [])),
    })),
  }
}

const byEndpoint = (rows: readonly LatencyRow[]): ReadonlyMap<string, LatencyRow[]> => {
  const grouped = new Map<string, LatencyRow[]>()
  for (const row of rows) {
    const same = grouped.get(row.endpoint)
    if (same) same.push(row)
    else grouped.set(row.endpoint, [row])
  }
  return grouped
}
