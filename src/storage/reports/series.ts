import type { PlatformSeriesGroup, SeriesGroup, SeriesMetric } from '../../contract/usage-series.ts'
import type { Queryable } from '../database.ts'

/** The subject of a series: a column of the roll-ups, or a meter. */
export type SeriesOf = { readonly metric: SeriesMetric } | { readonly meter: string }

export interface SeriesRange {
  /** The start of each step, oldest first. The last step ends with the range. */
  readonly boundaries: readonly Date[]
  readonly to: Date
  /** As fine as the boundaries need. */
  readonly grain: 'hour' | 'day'
}

const COLUMNS: Readonly<Record<SeriesMetric, string>> = {
  events: 'r.events',
  errors: 'r.errors',
  unpriced: 'r.unpriced',
  credits: 'r.credits',
  cost: 'r.cost_usd * 1000000000000',
  inputTokens: 'r.input_tokens',
  cachedInputTokens: 'r.cached_input_tokens',
  outputTokens: 'r.output_tokens',
  reasoningTokens: 'r.reasoning_tokens',
}
const DIMENSIONS: Readonly<Record<SeriesGroup, string>> = {
  eventType: 'event_type',
  category: 'category',
  model: 'model',
  user: 'user',
  endpoint: 'endpoint',
}
const FIELDS: Readonly<Record<SeriesGroup, string>> = {
  eventType: 'event_type',
  category: 'category',
  model: 'model',
  user: 'user_id',
  endpoint: 'endpoint',
}

/** Amounts in the smallest unit: micro-credits, or 10⁻¹² of a dollar. */
interface Source {
  /** Returns the columns `at`, `key` and `units`. Its parameters are $1 to $5. */
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * The roll-ups of all organizations, found one organization at a time. The index begins with them,
 * so the table is never scanned.
 */
const platformSource = (
  metric: SeriesMetric,
  groupBy: PlatformSeriesGroup | undefined,
  { boundaries, to, grain }: SeriesRange,
): Source => {
  const isTotal = groupBy === undefined || groupBy === 'organization'
  return {
    text: `select r.window_start as at, ${groupBy === 'organization' ? 'o.id' : 'r.key'} as key,
                  ${COLUMNS[metric]} as units
           from tollgate.organizations o cross join lateral (
             select * from tollgate.rollups r
             where r.organization_id = o.id and r.dimension = $2 and r.grain = $3
               and r.window_start >= $4 and r.window_start < $5 offset 0) r
           where $1::text is null`,
    values: [null, isTotal ? 'total' : DIMENSIONS[groupBy], grain, boundaries[0] as Date, to],
  }
}

/**
 * Buckets hold a meter's use by organization. For any other grouping, the events themselves are
 * read.
 */
const organizationSource = (
  organizationId: string,
  of: SeriesOf,
  groupBy: SeriesGroup | undefined,
  { boundaries, to, grain }: SeriesRange,
): Source => {
  const range = [boundaries[0] as Date, to]
  if ('metric' in of) {
    const dimension = groupBy === undefined ? 'total' : DIMENSIONS[groupBy]
    return {
      text: `select r.window_start as at, r.key, ${COLUMNS[of.metric]} as units
             from tollgate.rollups r
             where r.organization_id = $1 and r.dimension = $2 and r.grain = $3
               and r.window_start >= $4 and r.window_start < $5`,
      values: [organizationId, dimension, grain, ...range],
    }
  }
  if (groupBy === undefined) {
    return {
      text: `select b.window_start as at, '' as key, b.used as units from tollgate.buckets b
             where b.organization_id = $1 and b.meter = $2 and b.window_name = $3
               and b.window_start >= $4 and b.window_start < $5`,
      values: [organizationId, of.meter, grain, ...range],
    }
  }
  return {
    text: `select e.occurred_at as at, e.${FIELDS[groupBy]} as key,
                  (e.quantities ->> $2)::bigint as units
           from tollgate.events e
           where e.organization_id = $1 and $3::text is not null
             and e.occurred_at >= $4 and e.occurred_at < $5 and e.${FIELDS[groupBy]} is not null
             and e.quantities ? $2`,
    values: [organizationId, of.meter, grain, ...range],
  }
}

/** The owner and subject of a series, and its grouping. */
export type SeriesSubject =
  | {
      readonly organizationId: string
      readonly of: SeriesOf
      readonly groupBy?: SeriesGroup | undefined
    }
  | { readonly metric: SeriesMetric; readonly groupBy?: PlatformSeriesGroup | undefined }

const sourceOf = (subject: SeriesSubject, range: SeriesRange): Source =>
  'organizationId' in subject
    ? organizationSource(subject.organizationId, subject.of, subject.groupBy, range)
    : platformSource(subject.metric, subject.groupBy, range)

interface KeyTotal {
  readonly key: string
  readonly units: bigint
}

/** The largest keys of the range, and the number of keys with any amount. */
export const largestKeys = async (
  db: Queryable,
  subject: SeriesSubject,
  range: SeriesRange,
  limit: number,
): Promise<{ readonly groups: readonly KeyTotal[]; readonly inAll: number }> => {
  const { text, values } = sourceOf(subject, range)
  const rows = await db.query<{ key: string; units: string; in_all: number }>(
    `select key, trunc(sum(units))::text as units, (count(*) over ())::integer as in_all
     from (${text}) s group by key having sum(units) <> 0
     order by sum(units) desc, key limit $6`,
    [...values, limit],
  )
  return {
    groups: rows.map(({ key, units }) => ({ key, units: BigInt(units) })),
    inAll: rows[0]?.in_all ?? 0,
  }
}

/** The amount of each step for each of these keys. All other keys together have the key null. */
export const amountsBySteps = async (
  db: Queryable,
  subject: SeriesSubject,
  range: SeriesRange,
  keys: readonly string[],
): Promise<readonly { place: number; key: string | null; units: bigint }[]> => {
  const { text, values } = sourceOf(subject, range)
  const rows = await db.query<{ place: number; key: string | null; units: string }>(
    `select width_bucket(at, $6::timestamptz[]) - 1 as place,
            case when key = any ($7::text[]) then key end as key,
            trunc(sum(units))::text as units
     from (${text}) s group by 1, 2`,
    [...values, range.boundaries, keys],
  )
  return rows.map(({ place, key, units }) => ({ place, key, units: BigInt(units) }))
}
