import type { Queryable } from '../database.ts'

/** One figure that differs from the sum of the raw events. */
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

/** The span and number of the stored raw events, and the instant since which none was dropped. */
export interface EventSpan {
  /** The first event, or the first roll-up if that is earlier. */
  readonly first: Date | null
  readonly last: Date | null
  readonly events: bigint
  /** Null if retention has dropped none. */
  readonly whole_since: Date | null
}

export const eventSpan = async (db: Queryable): Promise<EventSpan> => {
  const rows = await db.query<EventSpan>(
    `select least(e.first, r.first) as first, e.last, e.events,
            tollgate.events_whole_since() as whole_since
     from (select min(occurred_at) as first, max(occurred_at) as last, count(*) as events
           from tollgate.events) e,
          (select min(window_start) as first from tollgate.rollups where grain = 'hour') r`,
  )
  return rows[0] ?? { first: null, last: null, events: 0n, whole_since: null }
}
