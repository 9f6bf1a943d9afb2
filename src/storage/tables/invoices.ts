import type { LineKind } from '../../core/billing/invoice.ts'
import type { Queryable } from '../database.ts'

/** An organization's earliest period that is over and has no invoice. */
export interface DueClosingRow {
  readonly id: string
  readonly period_start: Date
  readonly period_end: Date
}

/** Selects the periods that are due. */
export interface DueRequest {
  /**
   * A period is due when it ended before this instant: now, minus the time allowed for late events.
   */
  readonly endedBy: Date
  /** Periods that ended before this instant were billed elsewhere. */
  readonly since: Date | undefined
}

/** A page of all organizations, in the order of their ids, or the named ones. */
type Which =
  | { readonly after: string; readonly limit: number }
  | { readonly organizationIds: readonly string[] }

/** Chooses organizations `o` by the parameter $3, as many as $4. */
const chosen = (which: Which) =>
  'organizationIds' in which
    ? {
        condition: 'o.id = any ($3::text[])',
        value: which.organizationIds,
        limit: which.organizationIds.length,
      }
    : { condition: 'o.id > $3', value: which.after, limit: which.limit }

/**
 * The next due period of each organization, in the order of their ids.
 *
 * The first billed period is the one in which the organization was created here. Earlier periods
 * were billed by the system that it came from. If it is closed, or its subscription ended, the last
 * billed period is the one in which that happened.
 */
export const dueClosings = (
  db: Queryable,
  { endedBy, since }: DueRequest,
  which: Which,
): Promise<DueClosingRow[]> => {
  const { condition, value, limit } = chosen(which)
  return db.query(
    `select d.id, d.period_start, d.period_end
     from (
       select o.id, least(o.closed_at, o.ends_at) as ended_at, s.period_start,
              tollgate.window_end('period', s.period_start, o.starts_at) as period_end
       from tollgate.organizations o
       cross join lateral (select coalesce(
         (select max(i.period_end) from tollgate.invoices i where i.organization_id = o.id),
         tollgate.window_start('period', greatest(o.created_at, o.starts_at, $2), o.starts_at))
         as period_start) s
       where ${condition}
     ) d
     where d.period_end <= $1 and (d.ended_at is null or d.ended_at > d.period_start)
     order by d.id limit $4`,
    [endedBy, since ?? null, value, limit],
  )
}

/**
 * Organizations that are closed, or whose subscription has ended, and all of whose own periods have
 * invoices. Only those that a correction can still concern: an invoice of theirs ended less than
 * `reachMs` before, or a credit note waits. Each with its last period that is over, if that has no
 * invoice.
 */
export const settledEndings = (
  db: Queryable,
  { endedBy }: Pick<DueRequest, 'endedBy'>,
  reachMs: number,
  which: Which,
): Promise<DueClosingRow[]> => {
  const { condition, value, limit } = chosen(which)
  return db.query(
    `select d.id, d.period_start, d.period_end
     from (
       select o.id, least(o.closed_at, o.ends_at) as ended_at, p.period_end,
              tollgate.window_start('period', p.period_end - interval '1 microsecond', o.starts_at)
                as period_start,
              o.billed_until
       from tollgate.organizations o
       cross join lateral (
         select tollgate.window_start('period', $1, o.starts_at) as period_end) p
       where least(o.closed_at, o.ends_at) <= $1
         and ${condition}
     ) d
     where d.billed_until between d.ended_at and d.period_start
       and (d.billed_until >= d.period_start - make_interval(secs => $2::double precision / 1000)
            or exists (select from tollgate.credit_notes n
                       where n.organization_id = d.id and n.applied_to is null))
     order by d.id limit $4`,
    [endedBy, reachMs, value, limit],
  )
}

export interface InvoiceRow {
  readonly id: string
  readonly organization_id: string
  readonly period_start: Date
  readonly period_end: Date
  readonly state: 'draft' | 'final'
  readonly currency: string
  readonly total_minor_units: bigint
  readonly due_minor_units: bigint
  readonly carried_minor_units: bigint
  readonly created_at: Date
}

/**
 * Returns the ids of the invoices that were inserted: a period has only one. From then on, late use
 * in their periods counts in a later one.
 */
export const insertInvoices = async (
  tx: Queryable,
  rows: readonly (InvoiceRow & { readonly basis: string })[],
): Promise<ReadonlySet<string>> => {
  const inserted = await tx.query<{ id: string }>(
    `insert into tollgate.invoices (id, organization_id, period_start, period_end, state, currency,
       total_minor_units, due_minor_units, carried_minor_units, created_at, basis)
     select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[],
       $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::timestamptz[], $11::jsonb[])
     on conflict (organization_id, period_start) do nothing returning id`,
    [
      rows.map((row) => row.id),
      rows.map((row) => row.organization_id),
      rows.map((row) => row.period_start),
      rows.map((row) => row.period_end),
      rows.map((row) => row.state),
      rows.map((row) => row.currency),
      rows.map((row) => row.total_minor_units),
      rows.map((row) => row.due_minor_units),
      rows.map((row) => row.carried_minor_units),
      rows.map((row) => row.created_at),
      rows.map((row) => row.basis),
    ],
  )
  const ids = inserted.map(({ id }) => id)
  await tx.query(
    `update tollgate.organizations o set billed_at = i.created_at, billed_until = i.period_end
     from tollgate.invoices i where i.id = any ($1::uuid[]) and o.id = i.organization_id`,
    [ids],
  )
  return new Set(ids)
}

export interface InvoiceLineRow {
  readonly line: number
  readonly kind: LineKind
  readonly description: string
  readonly meter: string | null
  readonly window_name: string | null
  readonly units: string | null
  readonly amount: string
  readonly minor_units: bigint
  readonly steps: readonly unknown[]
  /** The earlier invoice that this line corrects. */
  readonly adjusts: string | null
  /**
   * The part of the window's use that it charges, in the meter's smallest unit; null: not stated.
   */
  readonly counted: bigint | null
}

/** A line with its invoice. */
export type NewInvoiceLine = InvoiceLineRow & {
  readonly invoice: Pick<InvoiceRow, 'id' | 'organization_id'>
}

/** Inserts the lines of any number of invoices in one statement. */
export const insertInvoiceLines = async (
  tx: Queryable,
  lines: readonly NewInvoiceLine[],
): Promise<void> => {
  await tx.query(
    `insert into tollgate.invoice_lines (invoice_id, organization_id, line, kind, description,
       meter, window_name, units, amount, minor_units, steps, adjusts, counted)
     select * from unnest($1::uuid[], $2::text[], $3::smallint[], $4::text[], $5::text[],
       $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::jsonb[],
       $12::uuid[], $13::bigint[])`,
    [
      lines.map(({ invoice }) => invoice.id),
      lines.map(({ invoice }) => invoice.organization_id),
      lines.map(({ line }) => line),
      lines.map(({ kind }) => kind),
      lines.map(({ description }) => description),
      lines.map(({ meter }) => meter),
      lines.map(({ window_name }) => window_name),
      lines.map(({ units }) => units),
      lines.map(({ amount }) => amount),
      lines.map(({ minor_units }) => minor_units),
      lines.map(({ steps }) => JSON.stringify(steps)),
      lines.map(({ adjusts }) => adjusts),
      lines.map(({ counted }) => counted),
    ],
  )
}

/** A page of invoices before a given period, the latest first. */
export const invoicePage = (
  db: Queryable,
  organizationId: string,
  page: { readonly before: Date | undefined; readonly limit: number },
): Promise<InvoiceRow[]> =>
  db.query(
    `select id, organization_id, period_start, period_end, state, currency, total_minor_units,
            due_minor_units, carried_minor_units, created_at
     from tollgate.invoices
     where organization_id = $1 and ($2::timestamptz is null or period_start < $2)
     order by period_start desc limit $3`,
    [organizationId, page.before ?? null, page.limit],
  )

export const findInvoice = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<InvoiceRow | undefined> => {
  const rows = await db.query<InvoiceRow>(
    `select id, organization_id, period_start, period_end, state, currency, total_minor_units,
            due_minor_units, carried_minor_units, created_at
     from tollgate.invoices where organization_id = $1 and id = $2`,
    [organizationId, id],
  )
  return rows[0]
}

/**
 * The terms and amounts by which its limits were charged; null for an invoice from before they were
 * stored.
 */
export const basisOf = async (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<unknown> => {
  const rows = await db.query<{ basis: unknown }>(
    'select basis from tollgate.invoices where organization_id = $1 and id = $2',
    [organizationId, id],
  )
  return rows[0]?.basis ?? null
}

export const linesOfInvoice = (
  db: Queryable,
  organizationId: string,
  id: string,
): Promise<InvoiceLineRow[]> =>
  db.query(
    `select line, kind, description, meter, window_name, units, amount, minor_units, steps,
            adjusts, counted
     from tollgate.invoice_lines where organization_id = $1 and invoice_id = $2 order by line`,
    [organizationId, id],
  )

/** True if the organization has at least one invoice. */
export const hasInvoices = async (db: Queryable, organizationId: string): Promise<boolean> => {
  const rows = await db.query(
    'select 1 from tollgate.invoices where organization_id = $1 limit 1',
    [organizationId],
  )
  return rows.length > 0
}

/** The organization of an invoice, and its present plan. */
export interface BilledRow {
  readonly id: string
  readonly plan: string
  readonly plan_version: number
}

export const findBilled = (
  db: Queryable,
  organizationIds: readonly string[],
): Promise<BilledRow[]> =>
  db.query(
    `select o.id, v.catalog || '/' || v.plan as plan, v.version as plan_version
     from tollgate.organizations o
     join tollgate.plan_versions v on v.id = o.plan_version_id where o.id = any ($1::text[])`,
    [organizationIds],
  )

/** The names and monthly prices of plan versions. A price of null is by agreement. */
export const plansOnInvoice = async (
  db: Queryable,
  names: readonly { readonly plan: string; readonly version: number }[],
): Promise<ReadonlyMap<string, { readonly name: string; readonly price: string | null }>> => {
  const rows = await db.query<{ key: string; name: string; price: string | null }>(
    `select v.catalog || '/' || v.plan || '@' || v.version as key,
            coalesce(v.document ->> 'name', v.plan) as name,
            v.document ->> 'monthlyPriceUsd' as price
     from (select distinct * from unnest($1::text[], $2::integer[]) u (plan, version)) n
     join tollgate.plan_versions v
       on v.catalog || '/' || v.plan = n.plan and v.version = n.version`,
    [names.map(({ plan }) => plan), names.map(({ version }) => version)],
  )
  return new Map(rows.map(({ key, ...plan }) => [key, plan]))
}
