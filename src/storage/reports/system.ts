import type { Queryable } from '../database.ts'

export interface SystemRow {
  readonly store_version: string
  readonly migration: string
  readonly applied_at: Date
  readonly events: number
  readonly deliveries: number
  readonly demo: boolean
}

/**
 * What the store is, and what waits in it. Each count stops at `most`. `demo` says whether an
 * organization is open that `demoActor` made. The platform's own chain tells who made each.
 */
export const systemRow = async (
  db: Queryable,
  { most, demoActor }: { readonly most: number; readonly demoActor: string },
): Promise<SystemRow> => {
  const rows = await db.query<SystemRow>(
    `select current_setting('server_version') as store_version, m.name as migration, m.applied_at,
            (select count(*)::integer from (
               select from tollgate.domain_events where fanned_out_at is null limit $1) e) as events,
            (select count(*)::integer from (
               select from tollgate.deliveries where state = 'waiting' limit $1) d) as deliveries,
            exists (
              select from tollgate.audit_events a
              join tollgate.organizations o on 'organization:' || o.id = a.entry::json ->> 'subject'
              where a.organization_id = '' and a.actor_start = $2
                and a.action = 'audit.chain_opened' and o.status = 'active') as demo
     from tollgate.migrations m where m.name <> 'functions'
     order by m.name desc limit 1`,
    [most, demoActor],
  )
  return rows[0] as SystemRow
}
