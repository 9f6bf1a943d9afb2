import type { LimitWindow } from '../../core/catalog-words.ts'
import type { Queryable } from '../database.ts'

/** Reads for reports, in addition to the roll-ups: settings, levels, refusals. */

/** The time zone of an organization's reports. */
export const timezoneOf = async (db: Queryable, organizationId: string): Promise<string> => {
  const [row] = await db.query<{ timezone: string }>(
    'select timezone from tollgate.organizations where id = $1',
    [organizationId],
  )
  return row?.timezone ?? 'UTC'
}

export const setTimezone = async (
  tx: Queryable,
  organizationId: string,
  timezone: string,
): Promise<void> => {
  await tx.query('update tollgate.organizations set timezone = $2 where id = $1', [
    organizationId,
    timezone,
  ])
}

/** The level of a meter in one window. */
export interface LevelRow {
  readonly meter: string
  readonly window_name: LimitWindow
  readonly window_start: Date
  readonly used: bigint
}

/** One organization's levels of every meter, in windows of these kinds that start in a range. */
export const levelsOfMeters = (
  db: Queryable,
  organizationId: string,
  windows: readonly LimitWindow[],
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<LevelRow[]> =>
  db.query(
    `select b.meter, b.window_name, b.window_start, b.used
     from tollgate.meters m
     cross join unnest($2::text[]) w (window_name)
     cross join lateral (
       select * from tollgate.buckets b
       where b.organization_id = $1 and b.meter = m.key and b.window_name = w.window_name
         and b.window_start >= $3 and b.window_start < $4 offset 0) b
     order by b.meter, b.window_name, b.window_start`,
    [organizationId, windows, from, to],
  )

/** How often the gate refused an organization in a range. */
export const countRefusals = async (
  db: Queryable,
  organizationId: string,
  { from, to }: { readonly from: Date; readonly to: Date },
): Promise<number> => {
  const [row] = await db.query<{ refusals: number }>(
    `select count(*)::integer as refusals from tollgate.decisions
     where organization_id = $1 and not allowed and decided_at >= $2 and decided_at < $3`,
    [organizationId, from, to],
  )
  return row?.refusals ?? 0
}
