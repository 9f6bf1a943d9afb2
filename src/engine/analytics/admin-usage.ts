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
import { exactDecimal, numberFromUnits } from '../../core/amounts.ts'
import { addsUp } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { asPlatform } from '../../storage/as-platform.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type MeterWindow,
  metersByOrganization,
  meterWindowsOf,
  meterWindowsOfAll,
} from '../../storage/gate/meter-windows.ts'
import { namesOf } from '../../storage/reports/operator.ts'
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
} from '../../storage/reports/rollups.ts'
import type { Context } from '../context.ts'
import { creditsOf, plainDecimal } from '../rating/figures.ts'
import { existing } from '../tenancy/organizations.ts'
import {
  type AdminRefusals,
  limitsThatRefused,
  readRefusals,
  refusalsIn,
  refusalsOfOne,
} from './admin-refusals.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
const DEFAULT_DAYS = 30
const TOP = 10
const TOP_MODELS = 50
/** A Monday, since weeks start on Mondays. */
const WEEKS_FROM_MS = Date.UTC(1970, 0, 5)

/**
 * The use of one or all organizations over time, from roll-ups. Days, weeks and months are in UTC.
 */
export const adminUsage = async (
  ctx: Context,
  input: z.output<typeof adminUsageRequestSchema>,
): Promise<AdminUsage> => {
  const { organizationId, period = 'day' } = input
  const metrics = (input.metrics ?? USAGE_METRICS).filter(isFigure)
  const meters = metersAsked(ctx, input.metrics ?? [])
  if (organizationId !== undefined) await existing(ctx, organizationId)
  const range = rangeOf(input, period, ctx.clock.now())
  const by = orderOf(input.metrics)
  const isOfRefusals = metrics.includes('refusals')
  const reading = { range, organizationId, by, meters, isOfRefusals }
  const { series, models, top, windows, ofTop, refusals } =
    organizationId === undefined
      ? await asPlatform(ctx.db, (tx) => readAll(tx, reading))
      : await asOrganization(ctx.db, organizationId, (tx) =>
          readOne(tx, { ...reading, organizationId }),
        )
  const ofRollups = metrics.filter(isOfRollups)
  const valuesOf = (figures: RollupFigures) => metricsOf(figures, ofRollups)
  const total = sumOf(series)
  const sumsOf = (rows: readonly MeterWindow[]) => meterSums(ctx, meters, rows)
  const windowsBySteps = grouped(windows, ({ window_start }) =>
    stepStart(period, window_start.getTime()),
  )
  const refusalsBySteps = grouped(refusals?.byTime ?? [], ({ window_start }) =>
    stepStart(period, window_start.getTime()),
  )
  const bySteps = grouped(series, ({ window_start }) => stepStart(period, window_start.getTime()))
  return {
    organizationId: organizationId ?? null,
    period,
    timezone: 'UTC',
    from: range.from.toISOString(),
    to: range.to.toISOString(),
    totals: { ...valuesOf(total), ...refusalsIn(refusals?.byTime), ...sumsOf(windows) },
    series: stepsOf(period, range).map((startMs) => ({
      start: new Date(startMs).toISOString(),
      ...valuesOf(sumOf(bySteps.get(startMs) ?? [])),
      ...refusalsIn(refusals && (refusalsBySteps.get(startMs) ?? [])),
      ...sumsOf(windowsBySteps.get(startMs) ?? []),
    })),
    topConsumers: top.map(({ kind, id, name, figures }) => ({
      kind,
      id,
      name,
      ...valuesOf(figures),
      ...(kind === 'organization' && {
        ...refusalsOfOne(refusals, id),
        ...sumsOf(ofTop.filter((row) => row.organization_id === id)),
      }),
    })),
    ...limitsThatRefused(refusals),
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
  readonly meters: readonly string[]
  readonly isOfRefusals: boolean
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
  /** The requested meters, by window and for the top organizations. */
  readonly windows: readonly MeterWindow[]
  readonly ofTop: readonly MeterWindow[]
  /** Undefined: refusals were not requested. */
  readonly refusals: AdminRefusals | undefined
}

const readAll = async (
  db: Queryable,
  { range, by, meters, isOfRefusals }: Reading,
): Promise<Read> => {
  const asked = { ...range, meters, window: range.grain === 'hour' ? 'hour' : 'day' } as const
  const [windows, series, models, first] = await Promise.all([
    meters.length === 0 ? [] : meterWindowsOfAll(db, asked),
    rollupsOfAll(db, { ...range, dimension: 'total' }),
    topOfAll(db, { ...range, dimension: 'model' }, { by: 'cost_usd', limit: TOP_MODELS }),
    topOrganizations(db, range, { by, limit: TOP }),
  ])
  const ids = first.map(({ organization_id: id }) => id)
  const [names, ofTop, refusals] = await Promise.all([
    namesOf(db, ids),
    meters.length === 0 ? [] : metersByOrganization(db, ids, asked),
    isOfRefusals ? readRefusals(db, { ...range, organizationId: undefined }, ids) : undefined,
  ])
  const top = first.map(({ organization_id: id, ...figures }) => ({
    kind: 'organization' as const,
    id,
    name: names.get(id) ?? null,
    figures,
  }))
  return { series, models, top, windows, ofTop, refusals }
}

const readOne = async (
  tx: Queryable,
  { range, by, organizationId, meters, isOfRefusals }: Reading & { organizationId: string },
): Promise<Read> => {
  const asked = { ...range, meters, window: range.grain === 'hour' ? 'hour' : 'day' } as const
  const [windows, refusals, series, models, first] = await Promise.all([
    meters.length === 0 ? [] : meterWindowsOf(tx, organizationId, asked),
    isOfRefusals ? readRefusals(tx, { ...range, organizationId }, []) : undefined,
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
    kind: 'user' as const,
    id,
    name: null,
    figures: { ...figures, key: id },
  }))
  return { series, models, top, windows, ofTop: [], refusals }
}

/** The range in whole UTC days, or in whole hours for steps of an hour. */
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

const orderOf = (metrics: readonly string[] | undefined): RollupOrder =>
  (metrics?.[0] && ORDERS[metrics[0] as UsageMetric]) || 'events'

const isFigure = (metric: string): metric is UsageMetric =>
  (USAGE_METRICS as readonly string[]).includes(metric)

/** The meters among the requested names. Throws for a name that is neither a metric nor a meter. */
const metersAsked = (
  { catalog }: Pick<Context, 'catalog'>,
  metrics: readonly string[],
): readonly string[] =>
  metrics.flatMap((metric, index) => {
    if (isFigure(metric)) return []
    const shape = catalog.meter(metric)
    if (shape && addsUp(shape.aggregation)) return [metric]
    const known = USAGE_METRICS.join(', ')
    const message = shape
      ? 'is a state, which does not add up over time'
      : `must be one of ${known}, or a meter that adds up`
    throw invalid({ field: `metrics[${index}]`, message })
  })

const meterSums = (
  { catalog }: Pick<Context, 'catalog'>,
  meters: readonly string[],
  rows: readonly MeterWindow[],
): Pick<MetricValues, 'meters'> => {
  if (meters.length === 0) return {}
  const sums = meters.map((meter) => {
    const units = rows.reduce((sum, row) => (row.meter === meter ? sum + row.used : sum), 0n)
    return [meter, numberFromUnits(units, catalog.meter(meter)?.scale ?? 0)]
  })
  return { meters: Object.fromEntries(sums) }
}

/** The starts of all steps that overlap the range. */
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

/** All metrics but refusals, since a refused call has no event and so no roll-up. */
type RollupMetric = Exclude<UsageMetric, 'refusals'>
const isOfRollups = (metric: UsageMetric): metric is RollupMetric => metric !== 'refusals'

const metricsOf = (figures: RollupFigures, metrics: readonly RollupMetric[]): MetricValues =>
  Object.assign({}, ...metrics.map((metric) => VALUES[metric](figures)))

const VALUES: Record<RollupMetric, (figures: RollupFigures) => MetricValues> = {
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
