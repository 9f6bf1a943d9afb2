import type { Queryable } from '../database.ts'

/** One figure that differs from what the raw events say. */
export interface DifferenceRow {
  readonly organization_id: string
  readonly what: string
  readonly window_name: string
  readonly window_start: Date
  readonly key: string
  readonly stored: unknown
  readonly recomputed: unknown
}

export const aggregateUsage = (
  db: Queryable,
  range: { from: Date; to: Date; repair: boolean },
): Promise<DifferenceRow[]> =>
  db.query('select * from tollgate.aggregate_usage($1, $2, $3) limit 10000', [
    range.from,
    range.to,
    range.repair,
  ])

/** The raw events that are kept: from when to when, how many, and whether older ones were dropped. */
export interface EventSpan {
  readonly first: Date | null
  readonly last: Date | null
  readonly events: bigint
  readonly dropped: boolean
}

export const eventSpan = async (db: Queryable): Promise<EventSpan> => {
  const rows = await db.query<EventSpan>(
    `select e.first, e.last, e.events, coalesce(r.first < date_trunc('hour', e.first), r.first is not null) as dropped
     from (select min(occurred_at) as first, max(occurred_at) as last, count(*) as events
           from tollgate.events) e,
          (select min(window_start) as first from tollgate.rollups where grain = 'hour') r`,
  )
  return rows[0] ?? { first: null, last: null, events: 0n, dropped: false }
}
