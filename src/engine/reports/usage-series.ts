import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import { invalid } from '../../contract/errors.ts'
import {
  DEFAULT_SHOWN,
  type PlatformSeries,
  type platformSeriesRequestSchema,
  type SeriesAmount,
  type SeriesStep,
  type seriesRequestSchema,
  type UsageSeries,
} from '../../contract/usage-series.ts'
import {
  formatUnits,
  MICRO_CREDIT_SCALE,
  numberFromUnits,
  PICO_USD_SCALE,
} from '../../core/amounts.ts'
import { addsUp } from '../../core/catalog-words.ts'
import { lastZoneDays } from '../../core/zone-days.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { asPlatform } from '../../storage/as-platform.ts'
import type { Queryable } from '../../storage/database.ts'
import { timezoneOf } from '../../storage/reports/insight.ts'
import {
  amountsBySteps,
  largestKeys,
  type SeriesOf,
  type SeriesSubject,
} from '../../storage/reports/series.ts'
import type { Context } from '../context.ts'
import { plainDecimal } from '../rating/figures.ts'
import { existing } from '../tenancy/organizations.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DEFAULT_DAYS = 30

type Asked = Owned<z.output<typeof seriesRequestSchema>>
type PlatformAsked = z.output<typeof platformSeriesRequestSchema>

/** An organization's use over time, split by one dimension. Every sum is exact. */
export const usageSeries = async (ctx: Context, asked: Asked): Promise<UsageSeries> => {
  const { organizationId, groupBy, meter, step = 'day', top = DEFAULT_SHOWN } = asked
  await existing(ctx, organizationId)
  const of: SeriesOf = meter === undefined ? { metric: asked.metric ?? 'events' } : { meter }
  const told = amountsOf(ctx, of)
  const now = ctx.clock.now()
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const timezone = asked.timezone ?? (await timezoneOf(tx, organizationId))
    const range = rangeOf(asked, timezone, now)
    if (meter !== undefined && groupBy) requireKeptEvents(ctx, range.fromMs)
    const subject = { organizationId, of, groupBy }
    return {
      organizationId,
      metric: 'metric' in of ? of.metric : null,
      meter: meter ?? null,
      groupBy: groupBy ?? null,
      ...(await readSeries(tx, subject, { ...range, step, timezone, top, now, told })),
    }
  })
}

/** The same series for all organizations together. */
export const platformSeries = async (
  ctx: Context,
  asked: PlatformAsked,
): Promise<PlatformSeries> => {
  const { groupBy, metric = 'events', step = 'day', top = DEFAULT_SHOWN, timezone = 'UTC' } = asked
  const now = ctx.clock.now()
  const told = amountsOf(ctx, { metric })
  const terms = { ...rangeOf(asked, timezone, now), step, timezone, top, now, told }
  const read = await asPlatform(ctx.db, (tx) => readSeries(tx, { metric, groupBy }, terms))
  return { metric, groupBy: groupBy ?? null, ...read }
}

interface SeriesTerms {
  readonly fromMs: number
  readonly toMs: number
  readonly step: SeriesStep
  readonly timezone: string
  readonly top: number
  readonly now: Date
  readonly told: (units: bigint) => SeriesAmount
}

const readSeries = async (
  tx: Queryable,
  subject: SeriesSubject,
  { fromMs, toMs, step, timezone, top, now, told }: SeriesTerms,
) => {
  const isGrouped = subject.groupBy !== undefined
  const starts = startsOf(step, timezone, fromMs, toMs)
  const isOfDays = [...starts, toMs].every((atMs) => atMs % DAY_MS === 0)
  const range = {
    boundaries: starts.map((atMs) => new Date(atMs)),
    to: new Date(toMs),
    grain: isOfDays ? ('day' as const) : ('hour' as const),
  }
  const { groups, inAll } = isGrouped
    ? await largestKeys(tx, subject, range, top)
    : { groups: [], inAll: 0 }
  const keys = groups.map(({ key }) => key)
  const totals = await amountsBySteps(tx, { ...subject, groupBy: undefined }, range, [])
  const parts = isGrouped ? await amountsBySteps(tx, subject, range, keys) : []
  const steps = starts.map((_, place) => {
    const total = sumOf(totals.filter((one) => one.place === place))
    const own = parts.filter((one) => one.place === place)
    const named = own.filter(({ key }) => key !== null)
    const others = sumOf(own.filter(({ key }) => key === null))
    return { total, named, others, none: isGrouped ? total - sumOf(own) : 0n }
  })
  const all = (part: 'total' | 'others' | 'none') =>
    told(steps.reduce((sum, one) => sum + one[part], 0n))
  return {
    step,
    timezone,
    from: isoOf(fromMs),
    to: isoOf(toMs),
    total: all('total'),
    groups: groups.map(({ key, units }) => ({ key, total: told(units) })),
    groupsInAll: inAll,
    others: all('others'),
    none: all('none'),
    series: steps.map(({ total, named, others, none }, place) => ({
      from: isoOf(starts[place] as number),
      to: isoOf(starts[place + 1] ?? toMs),
      complete: (starts[place + 1] ?? toMs) <= now.getTime(),
      total: told(total),
      values: Object.fromEntries(
        named.filter(({ units }) => units !== 0n).map(({ key, units }) => [key, told(units)]),
      ),
      others: told(others),
      none: told(none),
    })),
  }
}

const sumOf = (rows: readonly { readonly units: bigint }[]): bigint =>
  rows.reduce((sum, { units }) => sum + units, 0n)

const isoOf = (atMs: number): string => new Date(atMs).toISOString()

/** Converts sums to the unit that callers see. Refuses meters that do not add up. */
const amountsOf = (
  { catalog }: Pick<Context, 'catalog'>,
  of: SeriesOf,
): ((units: bigint) => SeriesAmount) => {
  if ('meter' in of) {
    const shape = catalog.meter(of.meter)
    if (!shape || !addsUp(shape.aggregation)) {
      const message = shape
        ? 'is a state, which does not add up over time'
        : 'must be a meter that adds up'
      throw invalid({ field: 'meter', message })
    }
    return (units) => numberFromUnits(units, shape.scale)
  }
  if (of.metric === 'cost') return (units) => plainDecimal(formatUnits(units, PICO_USD_SCALE))
  const scale = of.metric === 'credits' ? MICRO_CREDIT_SCALE : 0
  return (units) => numberFromUnits(units, scale)
}

const rangeOf = (
  { startDate, endDate }: Pick<Asked, 'startDate' | 'endDate'>,
  timezone: string,
  now: Date,
) => {
  const toMs = endDate?.getTime() ?? endOfDay(timezone, Math.max(now.getTime(), +(startDate ?? 0)))
  const fromMs =
    startDate?.getTime() ?? lastZoneDays(timezone, toMs - 1, DEFAULT_DAYS)[0]?.fromMs ?? toMs
  for (const [field, atMs] of [
    ['startDate', fromMs],
    ['endDate', toMs],
  ] as const) {
    if (atMs % HOUR_MS !== 0) throw invalid({ field, message: 'must be the start of an hour' })
  }
  if (toMs <= fromMs) throw invalid({ field: 'endDate', message: 'must be after startDate' })
  return { fromMs, toMs }
}

const endOfDay = (timezone: string, atMs: number): number =>
  lastZoneDays(timezone, atMs, 1)[0]?.toMs ?? atMs

/** The starts of all steps that overlap the range. The first one is the start of the range. */
const startsOf = (step: SeriesStep, timezone: string, fromMs: number, toMs: number): number[] => {
  if (step === 'hour') {
    return Array.from({ length: (toMs - fromMs) / HOUR_MS }, (_, n) => fromMs + n * HOUR_MS)
  }
  const count = Math.ceil((toMs - fromMs) / DAY_MS) + 2
  const days = lastZoneDays(timezone, toMs - 1, count).filter((day) => day.toMs > fromMs)
  const starts = days
    .filter(({ date }, n) => stepOf(step, date) !== stepOf(step, days[n - 1]?.date ?? ''))
    .map((day) => Math.max(day.fromMs, fromMs))
  return [...new Set(starts)]
}

/** The key of a step: all dates of one step have the same key. */
const stepOf = (step: SeriesStep, date: string): string => {
  if (step === 'month') return date.slice(0, 7)
  if (step === 'day' || date === '') return date
  const day = new Date(`${date}T00:00:00Z`)
  return isoOf(day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY_MS)
}

const requireKeptEvents = ({ clock, retention }: Context, fromMs: number): void => {
  if (fromMs >= clock.now().getTime() - (retention.eventsDays + 1) * DAY_MS) return
  const message = `must be within the ${retention.eventsDays} days for which events are kept`
  throw invalid({ field: 'startDate', message: `${message}, where a meter is grouped` })
}
