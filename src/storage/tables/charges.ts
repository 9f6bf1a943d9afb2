import type { Queryable } from '../database.ts'

/** A charge of an invoice, and its result at Stripe. */
export interface ChargeRow {
  readonly key: string
  readonly payload: unknown
  readonly external_id: string | null
  readonly last_error: string | null
  readonly stripe_invoice_id: string | null
  readonly payment_status: string | null
  readonly paid_at: Date | null
}

/** The charges of an invoice, in the order of its lines. */
export const chargesOfInvoiceId = (
  db: Queryable,
  organizationId: string,
  invoice: { readonly id: string; readonly kind: string },
): Promise<ChargeRow[]> =>
  db.query(
    `select x.key, x.payload, x.external_id, x.last_error, x.stripe_invoice_id,
            s.status as payment_status, s.paid_at
     from tollgate.outbox x
     left join tollgate.stripe_invoices s on s.id = x.stripe_invoice_id
     where x.organization_id = $1 and x.kind = $2 and x.payload ->> 'invoiceId' = $3
     order by x.id`,
    [organizationId, invoice.kind, invoice.id],
  )

/**
 * Stores which Stripe invoice the charges are on. Returns how many were found.
 *
 * Charges are matched by key or by Stripe's item id. The key is needed when an item is on an
 * invoice before its creation was stored here.
 */
export const attachCharges = async (
  tx: Queryable,
  stripeInvoiceId: string,
  charges: { readonly keys: readonly string[]; readonly itemIds: readonly string[] },
): Promise<number> => {
  const rows = await tx.query(
    `with mine as (
       select id from tollgate.outbox
       where key = any ($2::text[]) or external_id = any ($3::text[])
       order by id for update)
     update tollgate.outbox o set stripe_invoice_id = $1 from mine where o.id = mine.id
     returning o.id`,
    [stripeInvoiceId, charges.keys, charges.itemIds],
  )
  return rows.length
}

/** An organization to compare with Stripe, and its customer there. */
export interface ComparedRow {
  readonly organization_id: string
  readonly customer_id: string | null
}

/**
 * Organizations that have a customer, or for which something was sent in the range, after a given
 * one.
 */
export const comparedOrganizations = (
  db: Queryable,
  page: {
    readonly from: Date
    readonly to: Date
    readonly organizationId: string | undefined
    readonly after: string
    readonly limit: number
  },
): Promise<ComparedRow[]> =>
  db.query(
    `select o.id as organization_id, s.customer_id
     from tollgate.organizations o
     left join tollgate.stripe_customers s on s.organization_id = o.id
     where o.id > $3 and ($4::text is null or o.id = $4)
       and (s.customer_id is not null
         or exists (select 1 from tollgate.outbox x
                    where x.organization_id = o.id and x.created_at >= $1 and x.created_at < $2)
         or exists (select 1 from tollgate.invoices i
                    where i.organization_id = o.id and i.created_at >= $1 and i.created_at < $2))
     order by o.id limit $5`,
    [page.from, page.to, page.after, page.organizationId ?? null, page.limit],
  )

/** An entry of the outbox for an organization. */
export interface SentRow {
  readonly key: string
  readonly payload: unknown
  readonly created_at: Date
  readonly external_id: string | null
  readonly last_error: string | null
}

export const sentOf = (
  db: Queryable,
  organizationId: string,
  range: { readonly kind: string; readonly from: Date; readonly to: Date },
): Promise<SentRow[]> =>
  db.query(
    `select key, payload, created_at, external_id, last_error from tollgate.outbox
     where organization_id = $1 and kind = $2 and created_at >= $3 and created_at < $4
     order by id`,
    [organizationId, range.kind, range.from, range.to],
  )

/** Returns those of the keys that are in the outbox, whatever their date. */
export const knownKeys = async (
  db: Queryable,
  keys: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await db.query<{ key: string }>(
    'select key from tollgate.outbox where key = any ($1::text[])',
    [keys],
  )
  return new Set(rows.map(({ key }) => key))
}

/** Invoices of the range whose amount due differs from the sum of their charges. */
export const unchargedInvoices = (
  db: Queryable,
  organizationId: string,
  range: { readonly kind: string; readonly from: Date; readonly to: Date },
): Promise<{ readonly id: string; readonly billed: bigint; readonly charged: bigint }[]> =>
  db.query(
    `select i.id, l.billed, c.charged
     from tollgate.invoices i
     cross join lateral (
       select (coalesce(sum(minor_units), 0) - coalesce((
                select sum(n.minor_units) from tollgate.credit_notes n
                where n.applied_to = i.id), 0))::bigint as billed
       from tollgate.invoice_lines
       where invoice_id = i.id and kind in ('overage', 'adjustment')) l
     cross join lateral (
       select coalesce(sum((payload ->> 'minorUnits')::bigint), 0)::bigint as charged
       from tollgate.outbox
       where organization_id = i.organization_id and kind = $2
         and payload ->> 'invoiceId' = i.id::text) c
     where i.organization_id = $1 and i.created_at >= $3 and i.created_at < $4
       and l.billed <> c.charged
     order by i.period_start`,
    [organizationId, range.kind, range.from, range.to],
  )

/** The amount due on an invoice that no charge covers yet, in minor units. */
export const uncollectedOf = async (
  db: Queryable,
  organizationId: string,
  invoice: { readonly id: string; readonly kind: string },
): Promise<bigint> => {
  const rows = await db.query<{ uncollected: bigint }>(
    `select (coalesce((
         select sum(minor_units) from tollgate.invoice_lines
         where invoice_id = ($3::text)::uuid and kind in ('overage', 'adjustment')), 0)
       - coalesce((
         select sum(minor_units) from tollgate.credit_notes where applied_to = ($3::text)::uuid), 0)
       - coalesce((
         select sum((payload ->> 'minorUnits')::bigint) from tollgate.outbox
         where organization_id = $1 and kind = $2 and payload ->> 'invoiceId' = $3), 0)
       )::bigint as uncollected`,
    [organizationId, invoice.kind, invoice.id],
  )
  return rows[0]?.uncollected ?? 0n
}

/** An invoice without any charge, and the lines to charge. */
export interface UncollectedRow {
  readonly id: string
  readonly organization_id: string
  readonly period_start: Date
  readonly period_end: Date
  readonly currency: string
  readonly lines: readonly {
    readonly charge: string
    readonly description: string
    /** Text, since JSON numbers are doubles. */
    readonly minorUnits: string
  }[]
}

/**
 * Invoices of periods that ended at an instant or later, after a given invoice, in order of
 * organization and period. The key of each line is the one that an immediate charge would have.
 */
export const uncollectedInvoices = (
  db: Queryable,
  which: {
    readonly kind: string
    readonly since: Date
    readonly organizationId: string | undefined
    readonly after: { readonly organizationId: string; readonly periodStart: Date } | undefined
    readonly limit: number
  },
): Promise<UncollectedRow[]> =>
  db.query(
    `select i.id, i.organization_id, i.period_start, i.period_end, i.currency, l.lines
     from tollgate.invoices i
     cross join lateral (
       select jsonb_agg(jsonb_build_object('charge', x.charge, 'description', x.description,
                'minorUnits', x.minor_units::text) order by x.part, x.line, x.place) as lines
       from (
         select 1 as part, line, null as place, description, minor_units,
                meter || '/' || window_name || case when kind = 'adjustment' then ' of ' || (
                  select to_char(a.period_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
                  from tollgate.invoices a where a.id = adjusts) else '' end as charge
         from tollgate.invoice_lines
         where invoice_id = i.id and kind in ('overage', 'adjustment') and minor_units <> 0
         union all
         select 2, 0, created_at::text || id, 'Credit note: ' || reason, -minor_units,
                'credit note ' || id
         from tollgate.credit_notes where applied_to = i.id) x) l
     where i.period_end >= $2 and ($3::text is null or i.organization_id = $3)
       and ($4::text is null or (i.organization_id, i.period_start) > ($4, $5::timestamptz))
       and l.lines is not null
       and not exists (select 1 from tollgate.outbox o
                       where o.organization_id = i.organization_id and o.kind = $1
                         and o.payload ->> 'invoiceId' = i.id::text)
     order by i.organization_id, i.period_start limit $6`,
    [
      ...[which.kind, which.since, which.organizationId ?? null],
      ...[which.after?.organizationId ?? null, which.after?.periodStart ?? null, which.limit],
    ],
  )
