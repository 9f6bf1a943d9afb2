import { add, exactDecimal, formatDecimal } from '../../core/amounts.ts'
import type { Queryable } from '../database.ts'

/** Reads the roll-ups. Windows are UTC and half-open: from `from` on, before `to`. */

export type RollupDimension = 'total' | 'event_type' | 'user' | 'endpoint' | 'category' | 'model'
export type RollupGrain = 'hour' | 'day'
export type RollupOrder = 'events' | 'errors' | 'unpriced' | 'credits' | 'cost_usd'

export interface RollupRange {
  readonly dimension: RollupDimension
  readonly grain: RollupGrain
  readonly from: Date
  readonly to: Date
}

/** The figures of a roll-up. A reversed event counts as if it had never happened. */
export interface RollupFigures {
  readonly events: bigint
  /** Calls that were answered with a status of 400 or more. */
  readonly errors: bigint
  readonly unpriced: bigint
  /** In micro-credits. */
  readonly credits: bigint
  /** A decimal with up to twelve decimals. */
  readonly cost_usd: string
  readonly input_tokens: bigint
  readonly cached_input_tokens: bigint
  readonly output_tokens: bigint
  readonly reasoning_tokens: bigint
  /** The number of calls whose duration is known, and the sum of those durations. */
  readonly timed: bigint
  readonly duration_ms: bigint
}

export interface KeyedFigures extends RollupFigures {
  /** The event type, user, endpoint, category or model; empty for a total. */
  readonly key: string
}

export interface WindowFigures extends KeyedFigures {
  readonly window_start: Date
}

export interface OrganizationFigures extends RollupFigures {
  readonly organization_id: string
}

const COUNTED = [
  'events',
  'errors',
  'unpriced',
  'credits',
  'input_tokens',
  'cached_input_tokens',
  'output_tokens',
  'reasoning_tokens',
  'timed',
  'duration_ms',
] as const
const COLUMNS = [...COUNTED, 'cost_usd'].map((name) => `r.${name}`).join(', ')
/** The sums over roll-ups `r`. A sum of `bigint` is `numeric`, and null over no rows. */
export const SUMS = [
  ...COUNTED.map((name) => `coalesce(sum(r.${name}), 0)::bigint as ${name}`),
  'coalesce(sum(r.cost_usd), 0) as cost_usd',
].join(', ')

const IN_RANGE = `r.dimension = $2 and r.grain = $3
  and r.window_start >= $4 and r.window_start < $5`

const rangeValues = ({ dimension, grain, from, to }: RollupRange) => [dimension, grain, from, to]

/** Adds several roll-ups; zeros if there are none. */
export const sumOf = (parts: readonly RollupFigures[]): RollupFigures => {
  const counts = Object.fromEntries(
    COUNTED.map((name) => [name, parts.reduce((sum, part) => sum + part[name], 0n)]),
  ) as Record<(typeof COUNTED)[number], bigint>
  const cost = parts.reduce((sum, part) => add(sum, exactDecimal(part.cost_usd)), exactDecimal('0'))
  return { ...counts, cost_usd: formatDecimal(cost) }
}

/** Every window of one organization, in order of time and key; of one key only if it is given. */
export const rollupsOf = (
  db: Queryable,
  organizationId: string,
  range: RollupRange,
  key?: string,
): Promise<WindowFigures[]> =>
  db.query(
    `select r.window_start, r.key, ${COLUMNS} from tollgate.rollups r
     where r.organization_id = $1 and ${IN_RANGE} and ($6::text is null or r.key = $6)
     order by r.window_start, r.key`,
    [organizationId, ...rangeValues(range), key ?? null],
  )

/** The largest keys of one organization over the whole range, ordered by a figure. */
export const topOf = (
  db: Queryable,
  organizationId: string,
  range: RollupRange,
  top: { readonly by: RollupOrder; readonly limit: number },
): Promise<KeyedFigures[]> =>
  db.query(
    `select * from (
       select r.key, ${SUMS} from tollgate.rollups r
       where r.organization_id = $1 and ${IN_RANGE} group by r.key) k
     order by ${top.by} desc, key limit $6`,
    [organizationId, ...rangeValues(range), top.limit],
  )

/** One organization's total over the whole range; zeros if there is nothing. */
export const totalOf = async (
  db: Queryable,
  organizationId: string,
  { grain, from, to }: Omit<RollupRange, 'dimension'>,
): Promise<RollupFigures> => {
  const rows = await db.query<RollupFigures>(
    `select ${SUMS} from tollgate.rollups r where r.organization_id = $1 and ${IN_RANGE}`,
    [organizationId, ...rangeValues({ dimension: 'total', grain, from, to })],
  )
  return rows[0] as RollupFigures
}

/**
 * The roll-ups of all organizations, or of the given ones. The join starts from the organizations,
 * since the index begins with them. So each is one lookup, and the table is never scanned.
 */
const OF_ALL = `tollgate.organizations o cross join lateral (
  select * from tollgate.rollups r where r.organization_id = o.id and ${IN_RANGE} offset 0) r
  where ($1::text[] is null or o.id = any ($1::text[]))`

/** The sums over organizations by window and key, in order of time and key. */
export const rollupsOfAll = (
  db: Queryable,
  range: RollupRange,
  organizationIds?: readonly string[],
): Promise<WindowFigures[]> =>
  db.query(
    `select r.window_start, r.key, ${SUMS} from ${OF_ALL}
     group by r.window_start, r.key order by r.window_start, r.key`,
    [organizationIds ?? null, ...rangeValues(range)],
  )

/** The sums by key over the whole range and all organizations, the largest first. */
export const topOfAll = (
  db: Queryable,
  range: RollupRange,
  top: { readonly by: RollupOrder; readonly limit: number },
  organizationIds?: readonly string[],
): Promise<KeyedFigures[]> =>
  db.query(
    `select * from (select r.key, ${SUMS} from ${OF_ALL} group by r.key) k
     order by ${top.by} desc, key limit $6`,
    [organizationIds ?? null, ...rangeValues(range), top.limit],
  )

/**
 * The sums by organization over the whole range, the largest first. Organizations without use are
 * left out.
 */
export const topOrganizations = (
  db: Queryable,
  { grain, from, to }: Omit<RollupRange, 'dimension'>,
  top: { readonly by: RollupOrder; readonly limit: number },
  organizationIds?: readonly string[],
): Promise<OrganizationFigures[]> =>
  db.query(
    `select * from (select r.organization_id, ${SUMS} from ${OF_ALL} group by r.organization_id) k
     order by ${top.by} desc, organization_id limit $6`,
    [organizationIds ?? null, ...rangeValues({ dimension: 'total', grain, from, to }), top.limit],
  )

/** The latencies of an endpoint on one UTC day: `calls` by bucket, for `mergeHistograms`. */
export interface LatencyRow {
  readonly endpoint: string
  readonly day: Date
  readonly buckets: readonly number[]
  readonly calls: readonly bigint[]
}

/**
 * One organization's UTC days that start within the range; of the given endpoints only, if there
 * are any.
 */
export const latenciesOf = (
  db: Queryable,
  organizationId: string,
  { from, to, endpoints }: { from: Date; to: Date; endpoints?: readonly string[] | undefined },
): Promise<LatencyRow[]> =>
  db.query(
    `select l.endpoint, l.day, l.buckets, l.calls from tollgate.latency_rollups l
     where l.organization_id = $1 and l.day >= $2 and l.day < $3
       and ($4::text[] is null or l.endpoint = any ($4::text[]))
     order by l.endpoint, l.day`,
    [organizationId, from, to, endpoints ?? null],
  )
