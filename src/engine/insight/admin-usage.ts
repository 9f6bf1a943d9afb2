import type { z } from 'zod'
import { invalid } from '../../contract/errors.ts'
import {
  type AdminUsage,
  type adminUsageRequestSchema,
  MAX_HOURLY_DAYS,
  type MetricValues,
  USAGE_METRICS,
  type UsageMetric,
  type UsageStep,
} from '../../contract/operator-reports.ts'
import { MAX_REPORT_DAYS } from '../../contract/usage-reports.ts'
import { exactDecimal } from '../../core/amounts.ts'
import { grouped } from '../../core/grouped.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { asPlatform } from '../../storage/as-platform.ts'
import type { Queryable } from '../../storage/database.ts'
import { namesOf } from '../../storage/tables/operator.ts'
import {
  type KeyedFigures,
  type RollupFigures,
  type RollupOrder,
  type RollupRange,
  rollupsOf,
  rollupsOfAll,
  sumOf,
  topOf,
  topOfAll,
  topOrganizations,
} from '../../storage/tables/rollups.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { creditsOf, plainDecimal } from './figures.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const DEFAULT_DAYS = 30
const TOP = 10
const TOP_MODELS = 50
/** A Monday. */
const WEEKS_FROM_MS = Date.UTC(1970, 0, 5)

/** Use of one organization or of all over time, from roll-ups. Days, weeks and months are UTC. */
export const adminUsage = async (
  ctx: Context,
  input: z.output<typeof adminUsageRequestSchema>,
): Promise<AdminUsage> => {
  const { organizationId, period = 'day', metrics = USAGE_METRICS } = input
  if (organizationId !== undefined) await existing(ctx, organizationId)
  const range = rangeOf(input, period, ctx.clock.now())
  const by = orderOf(input.metrics)
  const reading = { range, organizationId, by }
  const { series, models, top } =
    organizationId === undefined
      ? await asPlatform(ctx.db, (tx) => readAll(tx, reading))
      : await asOrganization(ctx.db, organizationId, (tx) =>
          readOne(tx, { ...reading, organizationId }),
        )
  const valuesOf = (figures: RollupFigures) => metricsOf(figures, metrics)
  const total = sumOf(series)
  const bySteps = grouped(series, ({ window_start }) => stepStart(period, window_start.getTime()))
  return {
    organizationId: organizationId ?? null,
    period,
    timezone: 'UTC',
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    totals: valuesOf(total),
    series: stepsOf(period, range).map((startMs) => ({
      start: new Date(startMs).toISOString(),
      ...valuesOf(sumOf(bySteps.get(startMs) ?? [])),
    })),
    topConsumers: top.map(({ kind, id, name, figures }) => ({
      ...{ kind, id, name },
      ...valuesOf(figures),
    })),
    cost: {
      totalUsd: plainDecimal(total.cost_usd),
      byModel: models
        .filter(({ events, cost_usd }) => events !== 0n || exactDecimal(cost_usd).units !== 0n)
        .map(({ key, events, cost_usd }) => ({
          model: key,
          costUsd: plainDecimal(cost_usd),
          events: Number(events),
        })),
    },
  }
}

interface Reading {
  readonly range: Omit<RollupRange, 'dimension'>
  readonly organizationId: string | undefined
  readonly by: RollupOrder
}

interface Consumer {
  readonly kind: 'organization' | 'user'
  readonly id: string
  readonly name: string | null
  readonly figures: RollupFigures
}

interface Read {
  readonly series: readonly (RollupFigures & { readonly window_start: Date })[]
  readonly models: readonly KeyedFigures[]
  readonly top: readonly Consumer[]
}

const readAll = async (db: Queryable, { range, by }: Reading): Promise<Read> => {
  const [series, models, first] = await Promise.all([
    rollupsOfAll(db, { ...range, dimension: 'total' }),
    topOfAll(db, { ...range, dimension: 'model' }, { by: 'cost_usd', limit: TOP_MODELS }),
    topOrganizations(db, range, { by, limit: TOP }),
  ])
  const names = await namesOf(
    db,
    first.map(({ organization_id: id }) => id),
  )
  const top = first.map(({ organization_id: id, ...figures }) => ({
    ...{ kind: 'organization' as const, id, name: names.get(id) ?? null, figures },
  }))
  return { series, models, top }
}

const readOne = async (
  tx: Queryable,
  { range, by, organizationId }: Reading & { organizationId: string },
): Promise<Read> => {
  const [series, models, first] = await Promise.all([
    rollupsOf(tx, organizationId, { ...range, dimension: 'total' }),
    topOf(
      tx,
      organizationId,
      { ...range, dimension: 'model' },
      { by: 'cost_usd', limit: TOP_MODELS },
    ),
    topOf(tx, organizationId, { ...range, dimension: 'user' }, { by, limit: TOP }),
  ])
  const top = first.map(({ key: id, ...figures }) => ({
    ...{ kind: 'user' as const, id, name: null, figures: { ...figures, key: id } },
  }))
  return { series, models, top }
}

/** The range in whole days, or whole hours where it goes by the hour. */
const rangeOf = (
  { startDate, endDate }: { startDate?: Date | undefined; endDate?: Date | undefined },
  period: UsageStep,
  now: Date,
): Omit<RollupRange, 'dimension'> => {
  const byHour = period === 'hour'
  const unitMs = byHour ? HOUR_MS : DAY_MS
  const today = Math.floor(now.getTime() / DAY_MS) * DAY_MS
  const to = endDate ?? new Date(Math.max(today, startDate?.getTime() ?? today) + DAY_MS)
  const from = startDate ?? new Date(to.getTime() - (byHour ? 1 : DEFAULT_DAYS) * DAY_MS)
  for (const [field, date] of [
    ['startDate', from],
    ['endDate', to],
  ] as const) {
    if (date.getTime() % unitMs !== 0) {
      const message = `must be the start of ${byHour ? 'an hour' : 'a day in UTC'}`
      throw invalid({ field, message })
    }
  }
  if (to <= from) throw invalid({ field: 'endDate', message: 'must be after startDate' })
  const most = byHour ? MAX_HOURLY_DAYS : MAX_REPORT_DAYS
  if (to.getTime() - from.getTime() > most * DAY_MS) {
    const message = `must be at most ${most} days after startDate${byHour ? ' by the hour' : ''}`
    throw invalid({ field: 'endDate', message })
  }
  return { grain: byHour ? 'hour' : 'day', from, to }
}

const ORDERS: Partial<Record<UsageMetric, RollupOrder>> = {
  events: 'events',
  errors: 'errors',
  unpriced: 'unpriced',
  credits: 'credits',
  cost: 'cost_usd',
}

const orderOf = (metrics: readonly UsageMetric[] | undefined): RollupOrder =>
  (metrics?.[0] && ORDERS[metrics[0]]) ?? 'events'

/** The starts of all steps that have a part in the range. */
const stepsOf = (step: UsageStep, { from, to }: { from: Date; to: Date }): number[] => {
  const unitMs = step === 'hour' ? HOUR_MS : DAY_MS
  const starts = new Set<number>()
  for (let atMs = from.getTime(); atMs < to.getTime(); atMs += unitMs) {
    starts.add(stepStart(step, atMs))
  }
  return [...starts]
}

const stepStart = (step: UsageStep, atMs: number): number => {
  if (step === 'hour') return Math.floor(atMs / HOUR_MS) * HOUR_MS
  if (step === 'day') return Math.floor(atMs / DAY_MS) * DAY_MS
  if (step === 'week') {
    const week = Math.floor((atMs - WEEKS_FROM_MS) / (7 * DAY_MS))
    return WEEKS_FROM_MS + week * 7 * DAY_MS
  }
  const date = new Date(atMs)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

const metricsOf = (figures: RollupFigures, metrics: readonly UsageMetric[]): MetricValues =>
  Object.assign({}, ...metrics.map((metric) => VALUES[metric](figures)))

const VALUES: Record<UsageMetric, (figures: RollupFigures) => MetricValues> = {
  events: ({ events }) => ({ events: Number(events) }),
  errors: ({ errors }) => ({ errors: Number(errors) }),
  unpriced: ({ unpriced }) => ({ unpriced: Number(unpriced) }),
  credits: ({ credits }) => ({ credits: creditsOf(credits) }),
  cost: ({ cost_usd }) => ({ costUsd: plainDecimal(cost_usd) }),
  tokens: ({ input_tokens, output_tokens }) => ({
    inputTokens: Number(input_tokens),
    outputTokens: Number(output_tokens),
  }),
  duration: ({ timed, duration_ms }) => ({
    meanDurationMs: timed > 0n ? Number(duration_ms) / Number(timed) : null,
  }),
}
