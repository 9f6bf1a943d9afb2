import type { Queryable } from '../database.ts'

export interface StripeSubscriptionRow {
  readonly id: string
  readonly customer_id: string
  readonly organization_id: string | null
  readonly status: string
  readonly cancel_at_period_end: boolean
  readonly cancel_at: Date | null
  readonly paused_collection: string | null
  readonly current_period_end: Date | null
  readonly ended_at: Date | null
}

export interface StripeInvoiceRow {
  readonly id: string
  readonly customer_id: string | null
  readonly organization_id: string | null
  readonly status: string
  readonly attempts: number
  readonly currency: string
  readonly due_minor_units: bigint
  readonly paid_minor_units: bigint
  readonly paid_at: Date | null
}

const SUBSCRIPTION = `id, customer_id, organization_id, status, cancel_at_period_end, cancel_at,
  paused_collection, current_period_end, ended_at`

type StateTable = 'stripe_subscriptions' | 'stripe_invoices'

/** The version of the stored state; 0 if there is none yet. */
export const versionOfState = async (
  db: Queryable,
  table: StateTable,
  id: string,
): Promise<number> => {
  const rows = await db.query<{ version: number }>(
    `select version from tollgate.${table} where id = $1`,
    [id],
  )
  return rows[0]?.version ?? 0
}

/** Locked until the transaction ends. */
export const lockSubscription = async (
  tx: Queryable,
  id: string,
): Promise<StripeSubscriptionRow | undefined> => {
  const rows = await tx.query<StripeSubscriptionRow>(
    `select ${SUBSCRIPTION} from tollgate.stripe_subscriptions where id = $1 for update`,
    [id],
  )
  return rows[0]
}

/** Returns false if another answer was stored since that version was read. */
export const putSubscription = async (
  tx: Queryable,
  row: StripeSubscriptionRow,
  written: { readonly since: number; readonly at: Date },
): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.stripe_subscriptions as s
       (id, customer_id, organization_id, status, cancel_at_period_end, current_period_end,
        ended_at, version, seen_at, cancel_at, paused_collection)
     values ($1, $2, $3, $4, $5, $6, $7, $8::integer + 1, $9, $10, $11)
     on conflict (id) do update
       set customer_id = $2, organization_id = $3, status = $4, cancel_at_period_end = $5,
           current_period_end = $6, ended_at = $7, version = s.version + 1, seen_at = $9,
           cancel_at = $10, paused_collection = $11
       where s.version = $8
     returning id`,
    [
      ...[row.id, row.customer_id, row.organization_id, row.status, row.cancel_at_period_end],
      ...[row.current_period_end, row.ended_at, written.since, written.at],
      ...[row.cancel_at, row.paused_collection],
    ],
  )
  return rows.length === 1
}

/** Locked until the transaction ends. */
export const lockStripeInvoice = async (
  tx: Queryable,
  id: string,
): Promise<StripeInvoiceRow | undefined> => {
  const rows = await tx.query<StripeInvoiceRow>(
    `select id, customer_id, organization_id, status, attempts, currency, due_minor_units,
            paid_minor_units, paid_at
     from tollgate.stripe_invoices where id = $1 for update`,
    [id],
  )
  return rows[0]
}

/** Returns false if another answer was stored since that version was read. */
export const putStripeInvoice = async (
  tx: Queryable,
  row: StripeInvoiceRow,
  written: { readonly since: number; readonly at: Date },
): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.stripe_invoices as s
       (id, customer_id, organization_id, status, attempts, currency, due_minor_units,
        paid_minor_units, paid_at, version, seen_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::integer + 1, $11)
     on conflict (id) do update
       set customer_id = $2, organization_id = $3, status = $4, attempts = $5, currency = $6,
           due_minor_units = $7, paid_minor_units = $8, paid_at = $9, version = s.version + 1,
           seen_at = $11
       where s.version = $10
     returning id`,
    [
      ...[row.id, row.customer_id, row.organization_id, row.status, row.attempts, row.currency],
      ...[row.due_minor_units, row.paid_minor_units, row.paid_at, written.since, written.at],
    ],
  )
  return rows.length === 1
}

/** The latest subscriptions, at most `limit`. */
export const subscriptionsOf = (
  db: Queryable,
  organizationId: string,
  limit: number,
): Promise<StripeSubscriptionRow[]> =>
  db.query(
    `select ${SUBSCRIPTION} from tollgate.stripe_subscriptions where organization_id = $1
     order by ended_at desc nulls first, current_period_end desc nulls last, id limit $2`,
    [organizationId, limit],
  )

/** The status of Stripe invoices by id, as far as Stripe has reported them. */
export const statusesOfInvoices = async (
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const rows = await db.query<{ id: string; status: string }>(
    'select id, status from tollgate.stripe_invoices where id = any ($1::text[])',
    [ids],
  )
  return new Map(rows.map(({ id, status }) => [id, status]))
}
