import type { Database, Queryable } from './database.ts'

const AS_TENANT = `select set_config('tollgate.organization_id', $1, true),
  set_config('role', tollgate.tenant_role(), true)`

/**
 * Planner settings for statements that the default plan serves badly.
 *
 * `walking` reads a few entries in the order of an index. The default plan expects a tenth of the
 * table and would sort all of an organization's events.
 *
 * `each_time` plans with the actual parameters. Planning then costs as much as a small statement.
 */
const PLANNED = {
  walking: `set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`,
  each_time: "set_config('plan_cache_mode', 'force_custom_plan', true)",
}

/**
 * Reads as one organization, in a read-only transaction of its own. The role sees only this
 * organization's rows, by row-level security. A query that forgets its filter may return too few
 * rows, but never another organization's. It costs one short round trip more than the query, and
 * two statements sent with it.
 */
export const asOrganization = <Result>(
  db: Pick<Database, 'transaction'>,
  organizationId: string,
  read: (tx: Queryable) => Promise<Result>,
  { planned }: { readonly planned?: keyof typeof PLANNED } = {},
): Promise<Result> =>
  // These settings end with the transaction, like `set local`, which takes no parameters.
  db.transaction(read, {
    text: planned ? `${AS_TENANT}, ${PLANNED[planned]}` : AS_TENANT,
    values: [organizationId],
  })
