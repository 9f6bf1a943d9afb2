import type { Queryable } from '../database.ts'

export interface TopUpRow {
  readonly organization_id: string
  readonly below: bigint
  readonly units: bigint
  readonly minor_units: bigint
  readonly currency: string
  readonly most_a_month: number
}

export const findTopUp = async (
  db: Queryable,
  organizationId: string,
): Promise<TopUpRow | undefined> => {
  const rows = await db.query<TopUpRow>(
    `select organization_id, below, units, minor_units, currency, most_a_month
     from tollgate.top_up_settings where organization_id = $1`,
    [organizationId],
  )
  return rows[0]
}

/**
 * Stores the settings and starts the accounting of credits. It orders credits at once if too few
 * are left. The caller must have locked the organization.
 */
export const putTopUp = async (
  tx: Queryable,
  row: TopUpRow,
  actor: string,
  at: Date,
): Promise<void> => {
  await tx.query(
    `insert into tollgate.top_up_settings
       (organization_id, below, units, minor_units, currency, most_a_month, actor, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (organization_id) do update
     set below = excluded.below, units = excluded.units, minor_units = excluded.minor_units,
         currency = excluded.currency, most_a_month = excluded.most_a_month,
         actor = excluded.actor, updated_at = excluded.updated_at`,
    [
      row.organization_id,
      row.below,
      row.units,
      row.minor_units,
      row.currency,
      row.most_a_month,
      actor,
      at,
    ],
  )
  await tx.query('select tollgate.account_for_credits($1, $2)', [row.organization_id, at])
}

/** Returns whether there were any settings. */
export const removeTopUp = async (tx: Queryable, organizationId: string): Promise<boolean> => {
  const rows = await tx.query(
    'delete from tollgate.top_up_settings where organization_id = $1 returning organization_id',
    [organizationId],
  )
  return rows.length > 0
}

/** Marks an order whose invoice was marked as paid without money. It gives no credits. */
export const markUnpaid = async (
  tx: Queryable,
  organizationId: string,
  key: string,
): Promise<void> => {
  await tx.query(
    `update tollgate.outbox set payload = payload || '{"unpaid": true}'
     where organization_id = $1 and kind = 'top_up' and key = $2`,
    [organizationId, key],
  )
}

/**
 * The price of the credits ordered under a key, in minor units; undefined if there is no such
 * order.
 */
export const priceOfTopUp = async (
  db: Queryable,
  organizationId: string,
  key: string,
): Promise<bigint | undefined> => {
  const rows = await db.query<{ price: bigint }>(
    `select (payload ->> 'minorUnits')::bigint as price from tollgate.outbox
     where organization_id = $1 and kind = 'top_up' and key = $2`,
    [organizationId, key],
  )
  return rows[0]?.price
}

/** True if an order of credits is due to be sent to Stripe. */
export const topUpsWait = async (db: Queryable, at: Date): Promise<boolean> => {
  const rows = await db.query(
    `select 1 from tollgate.outbox
     where kind = 'top_up' and done_at is null and next_attempt_at <= $1
       and (leased_until is null or leased_until <= $1) limit 1`,
    [at],
  )
  return rows.length > 0
}

/** An order of credits whose invoice is at Stripe. */
export interface OpenTopUpRow {
  readonly organization_id: string
  readonly key: string
  readonly invoice_id: string
}

/**
 * Orders of which it is not known here that their invoice was paid, marked as paid without money,
 * or given up. By organization and key, after those of a given order. An index finds all orders of
 * credits; each that is over costs a lookup of its grant.
 */
export const openTopUps = (
  db: Queryable,
  {
    after,
    limit,
  }: {
    readonly after: Pick<OpenTopUpRow, 'organization_id' | 'key'> | undefined
    readonly limit: number
  },
): Promise<OpenTopUpRow[]> =>
  db.query(
    `select x.organization_id, x.key, x.external_id as invoice_id
     from tollgate.outbox x
     where x.kind = 'top_up' and x.external_id is not null and not x.payload ? 'unpaid'
       and (x.organization_id, x.key) > ($1, $2)
       and not exists (select from tollgate.grants g
                       where g.organization_id = x.organization_id and g.key = 'top_up:' || x.key)
       and not exists (select from tollgate.stripe_invoices i
                       where i.id = x.external_id and i.status in ('void', 'uncollectible'))
     order by x.organization_id, x.key limit $3`,
    [after?.organization_id ?? '', after?.key ?? '', limit],
  )
