import type { Queryable } from '../database.ts'

export interface StripeEventRow {
  readonly id: string
  readonly type: string
  readonly object_id: string | null
  readonly created_at: Date
  readonly received_at: Date
  readonly outcome: 'applied' | 'kept' | 'gone'
  readonly detail: unknown
}

export const hasStripeEvent = async (db: Queryable, id: string): Promise<boolean> =>
  (await db.query('select 1 from tollgate.stripe_events where id = $1', [id])).length > 0

/**
 * Returns false if the event was stored before, even by another process at this moment. Then it
 * must have no effect.
 */
export const insertStripeEvent = async (tx: Queryable, row: StripeEventRow): Promise<boolean> => {
  const rows = await tx.query(
    `insert into tollgate.stripe_events
       (id, type, object_id, created_at, received_at, outcome, detail)
     values ($1, $2, $3, $4, $5, $6, $7::jsonb)
     on conflict (id) do nothing returning id`,
    [
      ...[row.id, row.type, row.object_id, row.created_at, row.received_at, row.outcome],
      row.detail === null ? null : JSON.stringify(row.detail),
    ],
  )
  return rows.length === 1
}

/** Events that have something to check, the latest first. */
export const stripeEventsWithDetail = (
  db: Queryable,
  range: { readonly from: Date; readonly to: Date; readonly limit: number },
): Promise<StripeEventRow[]> =>
  db.query(
    `select id, type, object_id, created_at, received_at, outcome, detail
     from tollgate.stripe_events
     where detail is not null and created_at >= $1 and created_at < $2
     order by created_at desc, id limit $3`,
    [range.from, range.to, range.limit],
  )
