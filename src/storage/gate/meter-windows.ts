import type { Queryable } from '../database.ts'

export interface MeterWindow {
  readonly organization_id: string | null
  readonly meter: string
  readonly window_start: Date
  /** In the meter's smallest unit. */
  readonly used: bigint
}

interface MeterRange {
  readonly meters: readonly string[]
  readonly window: 'hour' | 'day'
  readonly from: Date
  readonly to: Date
}

/** One organization's use of additive meters, by window. */
export const meterWindowsOf = (
  db: Queryable,
  organizationId: string,
  { meters, window, from, to }: MeterRange,
): Promise<MeterWindow[]> =>
  db.query(
    `select null as organization_id, b.meter, b.window_start, b.used from tollgate.buckets b
     where b.organization_id = $1 and b.meter = any ($2::text[]) and b.window_name = $3
       and b.window_start >= $4 and b.window_start < $5`,
    [organizationId, meters, window, from, to],
  )

/** The same for all organizations together. Each window is one index lookup. */
export const meterWindowsOfAll = (
  db: Queryable,
  { meters, window, from, to }: MeterRange,
): Promise<MeterWindow[]> =>
  db.query(
    `select null as organization_id, b.meter, b.window_start, sum(b.used)::bigint as used
     from tollgate.organizations o cross join unnest($1::text[]) m (key)
     cross join lateral (
       select * from tollgate.buckets b
       where b.organization_id = o.id and b.meter = m.key and b.window_name = $2
         and b.window_start >= $3 and b.window_start < $4 offset 0) b
     group by b.meter, b.window_start`,
    [meters, window, from, to],
  )

/** The use of some organizations over the whole range. */
export const metersByOrganization = (
  db: Queryable,
  organizationIds: readonly string[],
  { meters, window, from, to }: MeterRange,
): Promise<MeterWindow[]> =>
  db.query(
    `select b.organization_id, b.meter, min(b.window_start) as window_start,
            sum(b.used)::bigint as used
     from tollgate.buckets b
     where b.organization_id = any ($1::text[]) and b.meter = any ($2::text[])
       and b.window_name = $3 and b.window_start >= $4 and b.window_start < $5
     group by 1, 2`,
    [organizationIds, meters, window, from, to],
  )
