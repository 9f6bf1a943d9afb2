import type { Queryable } from '../database.ts'

export interface SystemRow {
  readonly store_version: string
  readonly migration: string
  readonly applied_at: Date
  readonly events: number
  readonly deliveries: number
}

/** What the store is, and what waits in it. Each count stops at `most`. */
export const systemRow = async (db: Queryable, most: number): Promise<SystemRow> => {
  const rows = await db.query<SystemRow>(
    `select current_setting('server_version') as store_version, m.name as migration, m.applied_at,
            (select count(*)::integer from (
               select from tollgate.domain_events where fanned_out_at is null limit $1) e) as events,
            (select count(*)::integer from (
               select from tollgate.deliveries where state = 'waiting' limit $1) d) as deliveries
     from tollgate.migrations m where m.name <> 'functions'
     order by m.name desc limit 1`,
    [most],
  )
  return rows[0] as SystemRow
}
