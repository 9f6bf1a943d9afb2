import type { Queryable } from '../../../src/storage/database.ts'

/**
 * The sums of raw events, independent of everything the engine reads: one pass over
 * `tollgate.events`, with PostgreSQL's own time zones and its `numeric`.
 */

export interface RawFigures {
  readonly events: number
  readonly errors: number
  readonly unpriced: number
  readonly credits: number
  readonly costUsd: string
  readonly inputTokens: number
  readonly outputTokens: number
}

export interface Between {
  readonly organizationId?: string | undefined
  readonly from: string | Date
  readonly to: string | Date
}

/** The grouping of a range's events. */
const GROUPS = {
  all: `''`,
  event_type: 'e.event_type',
  user: 'e.user_id',
  model: 'e.model',
  organization: 'e.organization_id',
  day: `to_char(e.occurred_at at time zone $4, 'YYYY-MM-DD')`,
  month: `to_char(e.occurred_at at time zone $4, 'YYYY-MM')`,
  week: `to_char(date_trunc('week', e.occurred_at at time zone $4), 'YYYY-MM-DD')`,
  hour: `to_char(e.occurred_at at time zone $4, 'HH24')`,
  weekday: `to_char(e.occurred_at at time zone $4, 'FMDay')`,
} as const

export const rawFigures = async (
  db: Queryable,
  group: keyof typeof GROUPS,
  { organizationId, from, to }: Between,
  timezone = 'UTC',
): Promise<ReadonlyMap<string, RawFigures>> => {
  const rows = await db.query<Record<string, string>>(
    `select ${GROUPS[group]} as key, sum(s.one)::text as events,
            sum(case when e.status >= 400 then s.one else 0 end)::text as errors,
            sum(case when e.price_source = 'unpriced' then s.one else 0 end)::text as unpriced,
            (sum(e.credits) / 1000000.0)::text as credits,
            trim_scale(coalesce(sum(e.cost_usd), 0))::text as cost,
            coalesce(sum(e.input_tokens), 0)::text as read,
            coalesce(sum(e.output_tokens), 0)::text as wrote
     from tollgate.events e
     cross join lateral (select case when e.reverses is null then 1 else -1 end as one) s
     where ($1::text is null or e.organization_id = $1)
       and e.occurred_at >= $2 and e.occurred_at < $3 and $4::text is not null
       and ${GROUPS[group]} is not null
     group by 1 order by 1`,
    [organizationId ?? null, new Date(from), new Date(to), timezone],
  )
  return new Map(
    rows.map((row) => [
      String(row.key),
      {
        events: Number(row.events),
        errors: Number(row.errors),
        unpriced: Number(row.unpriced),
        credits: Number(row.credits),
        costUsd: String(row.cost),
        inputTokens: Number(row.read),
        outputTokens: Number(row.wrote),
      },
    ]),
  )
}

export const NOTHING: RawFigures = {
  events: 0,
  errors: 0,
  unpriced: 0,
  credits: 0,
  costUsd: '0',
  inputTokens: 0,
  outputTokens: 0,
}

/** A meter's level over a range, by its aggregation; in whole units, as decimal text. */
export const rawLevel = async (
  db: Queryable,
  meter: string,
  { organizationId, from, to }: Between,
): Promise<string> => {
  const [row] = await db.query<{ level: string }>(
    `select trim_scale(coalesce(case m.aggregation
              when 'latest' then (
                select (e.quantities ->> $2)::numeric from tollgate.events e
                where e.organization_id = $1 and e.occurred_at >= $3 and e.occurred_at < $4
                  and e.quantities ? $2 order by e.occurred_at desc, e.id desc limit 1)
              else (
                select sum((e.quantities ->> $2)::numeric) from tollgate.events e
                where e.organization_id = $1 and e.occurred_at >= $3 and e.occurred_at < $4) end, 0)
            / 10::numeric ^ m.scale)::text as level
     from tollgate.meters m where m.key = $2`,
    [organizationId, meter, new Date(from), new Date(to)],
  )
  return row?.level ?? '0'
}

/** The cost of use past a maximum as decimal text, computed by PostgreSQL. */
export const rawOverage = async (
  db: Queryable,
  used: string,
  max: number,
  unitPrice: string,
): Promise<string> => {
  const [row] = await db.query<{ amount: string }>(
    `select trim_scale(greatest($1::numeric - $2::numeric, 0) * $3::numeric)::text as amount`,
    [used, String(max), unitPrice],
  )
  return row?.amount ?? '0'
}

/** The sum of decimal texts. */
export const sumOfTexts = async (db: Queryable, texts: readonly string[]): Promise<string> => {
  const [row] = await db.query<{ sum: string }>(
    'select trim_scale(coalesce(sum(t), 0))::text as sum from unnest($1::numeric[]) t',
    [texts],
  )
  return row?.sum ?? '0'
}

/** The durations of each endpoint's calls in order, without reversed ones. */
export const rawDurations = async (
  db: Queryable,
  { organizationId, from, to }: Between,
): Promise<ReadonlyMap<string, readonly number[]>> => {
  const rows = await db.query<{ endpoint: string; durations: number[] }>(
    `select e.endpoint, array_agg(e.duration_ms order by e.duration_ms) as durations
     from tollgate.events e
     where e.organization_id = $1 and e.occurred_at >= $2 and e.occurred_at < $3
       and e.endpoint is not null and e.duration_ms is not null and e.reverses is null
       and not exists (
         select from tollgate.events r
         where r.organization_id = e.organization_id and r.reverses = e.id)
     group by 1`,
    [organizationId, new Date(from), new Date(to)],
  )
  return new Map(rows.map(({ endpoint, durations }) => [endpoint, durations]))
}
