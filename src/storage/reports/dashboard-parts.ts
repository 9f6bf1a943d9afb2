import type { Queryable } from '../database.ts'
import type { LevelRow } from './insight.ts'
import {
  type KeyedFigures,
  type RollupFigures,
  type RollupGrain,
  SUMS,
  type WindowFigures,
} from './rollups.ts'

/**
 * What the dashboard reads in addition to the limits. One statement returns each part as JSON, so
 * it costs one round trip. Counts are text, since JSON numbers are doubles.
 */

type Part = Pick<RollupFigures, 'events' | 'errors' | 'credits' | 'cost_usd'>

/** The latencies of an endpoint over all the days. */
export interface EndpointLatency {
  readonly endpoint: string
  readonly buckets: readonly number[]
  readonly calls: readonly bigint[]
}

export interface DashboardParts {
  /** In the order of the requested days. */
  readonly days: readonly Part[]
  readonly levels: readonly LevelRow[]
  readonly utcDays: readonly Pick<WindowFigures, 'window_start' | 'events' | 'credits'>[]
  readonly total: RollupFigures
  readonly eventTypes: readonly KeyedPart[]
  readonly eventTypesInAll: number
  readonly users: readonly KeyedPart[]
  readonly usersInAll: number
  readonly latencies: readonly EndpointLatency[]
}

export type KeyedPart = Part & Pick<KeyedFigures, 'key'>

interface Range {
  readonly from: Date
  readonly to: Date
}

export interface PartsAsked {
  /** The start of each day, in order, and the end of the last one. */
  readonly days: {
    readonly grain: RollupGrain
    readonly starts: readonly Date[]
    readonly to: Date
  }
  readonly past: Range
  readonly period: Range
  readonly eventTypes: number
  readonly users: number
}

const OWN = `tollgate.rollups r where r.organization_id = $1 and r.dimension =`
const IN_PERIOD = `and r.grain = 'day' and r.window_start >= $7 and r.window_start < $8`
const TEXT_SUMS = SUMS.replaceAll('::bigint', '::text').replace(
  ' as cost_usd',
  '::text as cost_usd',
)
const PART = 'events::text, errors::text, credits::text, cost_usd::text'

const top = (dimension: string, order: string, limit: string): string => `(
  select json_agg(json_build_array(key, in_all, ${PART}) order by ${order} desc, key) from (
    select key, count(*) over () as in_all, events, errors, credits, cost_usd from (
      select r.key, ${SUMS} from ${OWN} '${dimension}' ${IN_PERIOD} group by r.key) k
    order by ${order} desc, key limit ${limit}) t)`

const PARTS = `select
  (select json_agg(json_build_array(place, ${PART})) from (
     select width_bucket(r.window_start, $3::timestamptz[]) - 1 as place, ${SUMS} from ${OWN} 'total'
     and r.grain = $2 and r.key = '' and r.window_start >= ($3::timestamptz[])[1]
     and r.window_start < $4 group by 1) d) as days,
  (select json_agg(json_build_array(b.meter, extract(epoch from b.window_start), b.used::text))
   from tollgate.meters m cross join lateral (
     select * from tollgate.buckets b
     where b.organization_id = $1 and b.meter = m.key and b.window_name = 'day'
       and b.window_start >= $5 and b.window_start < $6 offset 0) b) as levels,
  (select json_agg(json_build_array(extract(epoch from r.window_start), events::text, credits::text))
   from ${OWN} 'total' and r.grain = 'day' and r.window_start >= $5 and r.window_start < $6) as past,
  (select row_to_json(t) from (select ${TEXT_SUMS} from ${OWN} 'total' ${IN_PERIOD}) t) as total,
  ${top('event_type', 'credits', '$9')} as event_types,
  ${top('user', 'events', '$10')} as users,
  (select json_agg(json_build_array(l.endpoint, l.buckets::text, l.calls::text) order by l.endpoint)
   from tollgate.latency_rollups l
   where l.organization_id = $1 and l.day >= $7 and l.day < $8) as latencies`

type Keyed = [key: string, inAll: number, ...Figures]
type Figures = [events: string, errors: string, credits: string, cost: string]

interface PartsRow {
  readonly days: [place: number, ...Figures][] | null
  readonly levels: [meter: string, second: number, used: string][] | null
  readonly past: [second: number, events: string, credits: string][] | null
  readonly total: Readonly<Record<string, string>>
  readonly event_types: Keyed[] | null
  readonly users: Keyed[] | null
  readonly latencies: [endpoint: string, buckets: string, calls: string][] | null
}

export const dashboardParts = async (
  db: Queryable,
  organizationId: string,
  asked: PartsAsked,
): Promise<DashboardParts> => {
  const { days, past, period } = asked
  const rows = await db.query<PartsRow>(PARTS, [
    ...[organizationId, days.grain, days.starts, days.to],
    ...[past.from, past.to, period.from, period.to, asked.eventTypes, asked.users],
  ])
  const row = rows[0] as PartsRow
  const byPlace = new Map(row.days?.map(([place, ...figures]) => [place, partOf(figures)]))
  return {
    days: days.starts.map((_, place) => byPlace.get(place) ?? NOTHING),
    levels: (row.levels ?? []).map(([meter, second, used]) => ({
      meter,
      window_name: 'day',
      window_start: instantOf(second),
      used: BigInt(used),
    })),
    utcDays: (row.past ?? []).map(([second, events, credits]) => ({
      window_start: instantOf(second),
      events: BigInt(events),
      credits: BigInt(credits),
    })),
    total: totalOf(row.total),
    eventTypes: keyed(row.event_types),
    eventTypesInAll: row.event_types?.[0]?.[1] ?? 0,
    users: keyed(row.users),
    usersInAll: row.users?.[0]?.[1] ?? 0,
    latencies: (row.latencies ?? []).map(([endpoint, buckets, calls]) => ({
      endpoint,
      buckets: numbersOf(buckets),
      calls: numbersOf(calls).map(BigInt),
    })),
  }
}

const NOTHING: Part = { events: 0n, errors: 0n, credits: 0n, cost_usd: '0' }

const partOf = ([events, errors, credits, cost]: Figures): Part => ({
  events: BigInt(events),
  errors: BigInt(errors),
  credits: BigInt(credits),
  cost_usd: cost,
})

const keyed = (rows: readonly Keyed[] | null): KeyedPart[] =>
  (rows ?? []).map(([key, _inAll, ...figures]) => ({ key, ...partOf(figures) }))

const totalOf = (row: PartsRow['total']): RollupFigures =>
  Object.fromEntries(
    Object.entries(row).map(([name, sum]) => [name, name === 'cost_usd' ? sum : BigInt(sum)]),
  ) as unknown as RollupFigures

/** Days start at whole seconds. */
const instantOf = (second: number): Date => new Date(second * 1_000)

/** Parses an array such as `{1,2}`. */
const numbersOf = (array: string): number[] => JSON.parse(`[${array.slice(1, -1)}]`)
