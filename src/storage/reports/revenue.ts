import type { Queryable } from '../database.ts'

/** How many organizations are on a version of a plan, by the start of their subscriptions. */
export interface StartedRow {
  readonly plan: string
  /** By the month; null: by agreement. */
  readonly price: string | null
  /** How many of the instants came before the start. */
  readonly place: number
  readonly organizations: number
}

/** Counts all organizations except those in `without`, whose terms the caller reads one by one. */
export const organizationsByStart = (
  db: Queryable,
  instants: readonly Date[],
  without: readonly string[],
): Promise<StartedRow[]> =>
  db.query(
    `select v.catalog || '/' || v.plan as plan, v.document ->> 'monthlyPriceUsd' as price,
            c.place, c.organizations
     from (
       select o.plan_version_id, count(*)::integer as organizations,
              width_bucket(o.starts_at - interval '1 millisecond', $1::timestamptz[]) as place
       from tollgate.organizations o
       where not exists (select from unnest($2::text[]) w (id) where w.id = o.id)
       group by 1, 3) c
     join tollgate.plan_versions v on v.id = c.plan_version_id`,
    [instants, without],
  )

/** The sum of the invoices for periods that ended in a month, in cents. */
export interface BilledMonthRow {
  /** The index of the month, from 0. */
  readonly place: number
  readonly overage: bigint
  readonly adjustments: bigint
  readonly invoices: number
}

/**
 * Sums by month, between the boundaries. A period that ends with a month belongs to that month.
 * Each organization's invoices are found by its key, so the table is never scanned.
 */
export const billedByMonth = (
  db: Queryable,
  boundaries: readonly Date[],
): Promise<BilledMonthRow[]> =>
  db.query(
    `select width_bucket(i.period_end - interval '1 millisecond', $1::timestamptz[]) - 1 as place,
            coalesce(sum(l.overage), 0)::bigint as overage,
            coalesce(sum(l.adjustments), 0)::bigint as adjustments,
            count(*)::integer as invoices
     from tollgate.organizations o
     cross join lateral (
       select * from tollgate.invoices i
       where i.organization_id = o.id and i.state = 'final'
         and i.period_start >= $2::timestamptz - interval '1 month 1 day'
         and i.period_end > $2 and i.period_end <= $3 offset 0) i
     cross join lateral (
       select sum(l.minor_units) filter (where l.kind = 'overage') as overage,
              sum(l.minor_units) filter (where l.kind = 'adjustment') as adjustments
       from tollgate.invoice_lines l where l.invoice_id = i.id) l
     group by 1`,
    [boundaries, boundaries[0] as Date, boundaries.at(-1) as Date],
  )
