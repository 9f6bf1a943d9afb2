import type { Queryable } from '../database.ts'

/** Who an organization is at Stripe; undefined while nobody has said so. */
export const findStripeCustomer = async (
  db: Queryable,
  organizationId: string,
): Promise<string | undefined> => {
  const rows = await db.query<{ customer_id: string }>(
    'select customer_id from tollgate.stripe_customers where organization_id = $1',
    [organizationId],
  )
  return rows[0]?.customer_id
}

/** False when the customer is another organization's. */
export const setStripeCustomer = async (
  tx: Queryable,
  row: { readonly organizationId: string; readonly customerId: string; readonly at: Date },
): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.stripe_customers (organization_id, customer_id, updated_at)
     select $1, $2, $3
     where not exists (
       select 1 from tollgate.stripe_customers where customer_id = $2 and organization_id <> $1)
     on conflict (organization_id) do update set customer_id = $2, updated_at = $3
     returning organization_id`,
    [row.organizationId, row.customerId, row.at],
  )
  return rows.length === 1
}
