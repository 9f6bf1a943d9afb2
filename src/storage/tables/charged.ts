import type { Queryable } from '../database.ts'

/** An invoice and what it charged, or a credit note on one. */
interface ChargedRow {
  readonly organization_id: string
  readonly invoice_id: string
  /** Minor units of what it charged for its own period. */
  readonly charged: bigint
  readonly adjustments: readonly { readonly adjusts: string; readonly minor: string }[]
  /** Minor units that a note gave back; null: the invoice itself. */
  readonly note: bigint | null
}

/** Of periods that ended since an instant, in the order in which they were made. */
export const chargesSince = (
  db: Queryable,
  organizationIds: readonly string[],
  since: Date,
): Promise<ChargedRow[]> =>
  db.query(
    `with made as (
       select i.id, i.organization_id, i.created_at from tollgate.invoices i
       where i.organization_id = any ($1::text[]) and i.period_end >= $2)
     select m.organization_id, m.id as invoice_id, l.charged, l.adjustments,
            null::bigint as note, m.created_at as at, 0 as place
     from made m
     cross join lateral (
       select coalesce(sum(x.minor_units) filter (
                where x.kind in ('subscription', 'proration', 'overage')), 0)::bigint as charged,
              coalesce(jsonb_agg(jsonb_build_object('adjusts', x.adjusts,
                'minor', x.minor_units::text) order by x.line) filter (
                where x.kind = 'adjustment'), '[]') as adjustments
       from tollgate.invoice_lines x where x.invoice_id = m.id) l
     union all
     select m.organization_id, m.id, 0, '[]', n.minor_units, n.created_at, 1
     from made m join tollgate.credit_notes n on n.invoice_id = m.id
     order by 1, 6, 7`,
    [organizationIds, since],
  )
