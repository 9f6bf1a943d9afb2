import type { Database, Queryable } from './database.ts'

const AS_TENANT = `select set_config('tollgate.organization_id', $1, true),
  set_config('role', tollgate.tenant_role(), true)`

/**
 * How statements are planned whose best plan differs from what is planned for any parameters.
 * `walking`: so many entries in the order of an index; the usual plan expects a tenth of all there is
 * and would sort all of an organization's events for it. `each_time`: by what is asked, which costs
 * as much as a small statement itself.
 */
const PLANNED = {
  walking: `set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`,
  each_time: "set_config('plan_cache_mode', 'force_custom_plan', true)",
}

/**
 * Reads as one organization: in a transaction of its own, as a role that row-level security shows
 * this organization's rows and no others, and that may change nothing. So a query that forgets its
 * filter answers with less than it might, never with a neighbour's rows. Costs one short round
 * trip more than the query itself, and two statements that are sent along.
 */
export const asOrganization = <Result>(
  db: Pick<Database, 'transaction'>,
  organizationId: string,
  read: (tx: Queryable) => Promise<Result>,
  { planned }: { readonly planned?: keyof typeof PLANNED } = {},
): Promise<Result> =>
  // Until the transaction ends, like `set local`, which takes no parameters.
  db.transaction(read, {
    text: planned ? `${AS_TENANT}, ${PLANNED[planned]}` : AS_TENANT,
    values: [organizationId],
  })
