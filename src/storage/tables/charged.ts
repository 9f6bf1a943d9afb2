import type { Queryable } from '../database.ts'

/** An invoice and its charge, or a credit note on an invoice. */
interface ChargedRow {
  readonly organization_id: string
  readonly invoice_id: string
  /** The charge for the invoice's own period, in minor units. */
  readonly charged: bigint
  readonly adjustments: readonly { readonly adjusts: string; readonly minor: string }[]
  /** The amount of the credit note, in minor units; null on the row of the invoice itself. */
  readonly note: bigint | null
}

/** The charges for periods that ended since an instant, in order of creation. */
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
