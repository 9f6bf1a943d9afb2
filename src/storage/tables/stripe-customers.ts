import type { Queryable } from '../database.ts'

/** An organization's customer at Stripe, and whether Stripe still has it. */
export interface StripeCustomerRow {
  readonly organization_id: string
  readonly customer_id: string
  readonly deleted_at: Date | null
}

/** Undefined until the organization has a customer. */
export const findStripeCustomer = async (
  db: Queryable,
  organizationId: string,
): Promise<StripeCustomerRow | undefined> => {
  const rows = await db.query<StripeCustomerRow>(
    `select organization_id, customer_id, deleted_at from tollgate.stripe_customers
     where organization_id = $1`,
    [organizationId],
  )
  return rows[0]
}

export const organizationOfCustomer = async (
  db: Queryable,
  customerId: string,
): Promise<string | undefined> => {
  const rows = await db.query<{ organization_id: string }>(
    'select organization_id from tollgate.stripe_customers where customer_id = $1',
    [customerId],
  )
  return rows[0]?.organization_id
}

interface Link {
  readonly organizationId: string
  readonly customerId: string
  readonly at: Date
}

/** Returns false if the customer belongs to another organization. */
export const setStripeCustomer = async (tx: Queryable, row: Link): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.stripe_customers (organization_id, customer_id, updated_at)
     select $1, $2, $3
     where not exists (
       select 1 from tollgate.stripe_customers where customer_id = $2 and organization_id <> $1)
     on conflict (organization_id)
       do update set customer_id = $2, updated_at = $3, deleted_at = null
     returning organization_id`,
    [row.organizationId, row.customerId, row.at],
  )
  if (rows.length === 0) return false
  await adoptState(tx, row)
  return true
}

/**
 * Links a customer only if the organization has none, or one that was deleted. Returns whether it
 * did.
 */
export const linkStripeCustomer = async (tx: Queryable, row: Link): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.stripe_customers (organization_id, customer_id, updated_at)
     select id, $2, $3 from tollgate.organizations o
     where id = $1
       and not exists (select 1 from tollgate.stripe_customers where customer_id = $2)
     on conflict (organization_id)
       do update set customer_id = $2, updated_at = $3, deleted_at = null
       where stripe_customers.deleted_at is not null
     returning organization_id`,
    [row.organizationId, row.customerId, row.at],
  )
  if (rows.length === 0) return false
  await adoptState(tx, row)
  return true
}

/** Assigns the subscriptions and invoices that Stripe reported before the customer was linked. */
const adoptState = async (
  tx: Queryable,
  { organizationId, customerId }: Pick<Link, 'organizationId' | 'customerId'>,
): Promise<void> => {
  for (const table of ['stripe_subscriptions', 'stripe_invoices']) {
    await tx.query(
      `update tollgate.${table} set organization_id = $1
       where customer_id = $2 and organization_id is distinct from $1`,
      [organizationId, customerId],
    )
  }
}

/**
 * Serializes naming an organization's customer and creating that organization. So the second of the
 * two sees the rows of the first. The lock is held until the transaction ends.
 */
const takeTurnsFor = async (tx: Queryable, organizationId: string): Promise<void> => {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('customer of ' || $1, 0))`, [
    organizationId,
  ])
}

/** Stores which organization a customer names, or deletes the name. The latest call wins. */
export const keepNamedCustomer = async (
  tx: Queryable,
  named: { readonly customerId: string; readonly organizationId: string | null; readonly at: Date },
): Promise<void> => {
  const { customerId, organizationId, at } = named
  if (organizationId === null) {
    await tx.query('delete from tollgate.stripe_named_customers where customer_id = $1', [
      customerId,
    ])
    return
  }
  await takeTurnsFor(tx, organizationId)
  await tx.query(
    `insert into tollgate.stripe_named_customers (customer_id, organization_id, named_at)
     values ($1, $2, $3)
     on conflict (customer_id) do update set organization_id = $2, named_at = $3`,
    [customerId, organizationId, at],
  )
}

/**
 * The customer that was the first to name an organization before it was created. Deletes all such
 * names.
 */
export const takeNamedCustomer = async (
  tx: Queryable,
  organizationId: string,
): Promise<string | undefined> => {
  await takeTurnsFor(tx, organizationId)
  const rows = await tx.query<{ customer_id: string; named_at: Date }>(
    `delete from tollgate.stripe_named_customers where organization_id = $1
     returning customer_id, named_at`,
    [organizationId],
  )
  const [first] = rows.toSorted(
    (one, other) =>
      one.named_at.getTime() - other.named_at.getTime() ||
      (one.customer_id < other.customer_id ? -1 : 1),
  )
  return first?.customer_id
}

/**
 * Returns the customer's organization. Undefined if it had none, or was marked as deleted before.
 */
export const markCustomerDeleted = async (
  tx: Queryable,
  customerId: string,
  at: Date,
): Promise<string | undefined> => {
  const rows = await tx.query<{ organization_id: string }>(
    `update tollgate.stripe_customers set deleted_at = $2
     where customer_id = $1 and deleted_at is null returning organization_id`,
    [customerId, at],
  )
  return rows[0]?.organization_id
}

/** Organizations that have charges to send but no Stripe customer, after a given one. */
export const withoutCustomer = async (
  db: Queryable,
  page: { readonly kinds: readonly string[]; readonly after: string; readonly limit: number },
): Promise<readonly { readonly id: string }[]> =>
  db.query(
    `select o.id from tollgate.organizations o
     where o.id > $2
       and exists (select 1 from tollgate.outbox x
                   where x.organization_id = o.id and x.kind = any ($1::text[])
                     and x.done_at is null)
       and not exists (select 1 from tollgate.stripe_customers s where s.organization_id = o.id)
     order by o.id limit $3`,
    [page.kinds, page.after, page.limit],
  )
