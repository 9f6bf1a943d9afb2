import type { Database, Queryable } from './database.ts'

/**
 * Reads as one organization: in a transaction of its own, as a role that row-level security shows
 * this organization's rows and no others, and that may change nothing. So a query that forgets its
 * filter answers with less than it might, never with a neighbour's rows. Costs three short round
 * trips more than the query itself.
 */
export const asOrganization = <Result>(
  db: Pick<Database, 'transaction'>,
  organizationId: string,
  read: (tx: Queryable) => Promise<Result>,
): Promise<Result> =>
  db.transaction(async (tx) => {
    // Until the transaction ends, like `set local`, which takes no parameters.
    await tx.query(
      `select set_config('tollgate.organization_id', $1, true),
              set_config('role', 'tollgate_tenant', true)`,
      [organizationId],
    )
    return read(tx)
  })
