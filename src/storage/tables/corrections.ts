import type { Queryable } from '../database.ts'

/**
 * An earlier invoice that late use may still change, and the amount billed for its period so far.
 */
export interface CorrectableRow {
  readonly id: string
  readonly organization_id: string
  readonly period_start: Date
  readonly period_end: Date
  readonly currency: string
  readonly basis: unknown
  /**
   * By `meter/window`: the amount on the invoice and its corrections, and whether there are
   * corrections.
   */
  readonly billed: Readonly<Record<string, { readonly minor: string; readonly corrected: boolean }>>
}

/** Invoices of these organizations whose periods ended in a range of time. */
export const correctableInvoices = (
  db: Queryable,
  organizationIds: readonly string[],
  ended: { readonly from: Date; readonly before: Date },
): Promise<CorrectableRow[]> =>
  db.query(
    `select i.id, i.organization_id, i.period_start, i.period_end, i.currency, i.basis,
            coalesce(b.billed, '{}') as billed
     from tollgate.invoices i
     left join lateral (
       select jsonb_object_agg(l.name, jsonb_build_object(
                'minor', l.minor::text, 'corrected', l.corrected)) as billed
       from (select x.meter || '/' || x.window_name as name, sum(x.minor_units) as minor,
                    bool_or(x.adjusts is not null) as corrected
             from tollgate.invoice_lines x
             where (x.invoice_id = i.id and x.kind = 'overage'
                    or x.adjusts = i.id and x.kind = 'adjustment')
               and x.meter is not null
             group by 1) l) b on true
     where i.organization_id = any ($1::text[]) and i.period_end >= $2 and i.period_end <= $3
       and i.basis is not null
     order by i.organization_id, i.period_start`,
    [organizationIds, ended.from, ended.before],
  )

/** The windows of a meter that start in a half-open range. */
export interface AskedLevels {
  readonly organizationId: string
  readonly meter: string
  readonly window: string
  readonly from: Date
  readonly to: Date
}

export interface LevelOfRange {
  /** The place in `asked`, from 1. */
  readonly place: bigint
  readonly window_start: Date
  readonly used: bigint
}

/**
 * The use in these windows that the plan pays for or charges, without what grants paid for. Windows
 * without use are left out.
 */
export const levelsInRanges = (
  db: Queryable,
  asked: readonly AskedLevels[],
): Promise<LevelOfRange[]> =>
  db.query(
    `select a.place, b.window_start, b.used - b.drawn as used
     from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
       with ordinality a (organization_id, meter, window_name, since, until, place)
     cross join lateral (
       select x.window_start, x.used, x.drawn from tollgate.buckets x
       where x.organization_id = a.organization_id and x.meter = a.meter
         and x.window_name = a.window_name and x.window_start >= a.since
         and x.window_start < a.until
       offset 0) b
     order by a.place, b.window_start`,
    [
      asked.map(({ organizationId }) => organizationId),
      asked.map(({ meter }) => meter),
      asked.map(({ window }) => window),
      asked.map(({ from }) => from),
      asked.map(({ to }) => to),
    ],
  )

/** The credit that the last invoice of an organization carries forward. */
export interface CarriedRow {
  readonly organization_id: string
  readonly id: string
  readonly currency: string
  readonly carried_minor_units: bigint
}

export const carriedCredits = (
  db: Queryable,
  organizationIds: readonly string[],
  before: Date,
): Promise<CarriedRow[]> =>
  db.query(
    `select o.id as organization_id, i.id, i.currency, i.carried_minor_units
     from unnest($1::text[]) o (id)
     cross join lateral (
       select x.id, x.currency, x.carried_minor_units from tollgate.invoices x
       where x.organization_id = o.id and x.period_end <= $2
       order by x.period_start desc limit 1) i
     where i.carried_minor_units > 0`,
    [organizationIds, before],
  )

export interface CreditNoteRow {
  readonly id: string
  readonly organization_id: string
  readonly invoice_id: string
  readonly key: string
  readonly minor_units: bigint
  readonly reason: string
  readonly actor: string
  readonly created_at: Date
  readonly applied_to: string | null
}

const NOTE = `id, organization_id, invoice_id, key, minor_units, reason, actor, created_at, applied_to`

export const insertCreditNote = async (
  tx: Queryable,
  note: Omit<CreditNoteRow, 'applied_to'>,
): Promise<void> => {
  await tx.query(
    `insert into tollgate.credit_notes
       (id, organization_id, invoice_id, key, minor_units, reason, actor, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      note.id,
      note.organization_id,
      note.invoice_id,
      note.key,
      note.minor_units,
      note.reason,
      note.actor,
      note.created_at,
    ],
  )
}

export const findCreditNote = async (
  db: Queryable,
  organizationId: string,
  key: string,
): Promise<CreditNoteRow | undefined> => {
  const rows = await db.query<CreditNoteRow>(
    `select ${NOTE} from tollgate.credit_notes where organization_id = $1 and key = $2`,
    [organizationId, key],
  )
  return rows[0]
}

/** The credit notes on an invoice, in order of creation. */
export const creditNotesOf = (
  db: Queryable,
  organizationId: string,
  invoiceId: string,
): Promise<CreditNoteRow[]> =>
  db.query(
    `select ${NOTE} from tollgate.credit_notes
     where organization_id = $1 and invoice_id = $2 order by created_at, id limit 1000`,
    [organizationId, invoiceId],
  )

/** Credit notes that no invoice has applied yet. */
export const waitingCreditNotes = (
  db: Queryable,
  organizationIds: readonly string[],
): Promise<CreditNoteRow[]> =>
  db.query(
    `select ${NOTE} from tollgate.credit_notes
     where organization_id = any ($1::text[]) and applied_to is null order by created_at, id`,
    [organizationIds],
  )

export const applyCreditNotes = async (
  tx: Queryable,
  applied: readonly { readonly noteId: string; readonly invoiceId: string }[],
): Promise<void> => {
  if (applied.length === 0) return
  await tx.query(
    `update tollgate.credit_notes n set applied_to = a.invoice_id
     from unnest($1::uuid[], $2::uuid[]) a (note_id, invoice_id)
     where n.id = a.note_id and n.applied_to is null`,
    [applied.map(({ noteId }) => noteId), applied.map(({ invoiceId }) => invoiceId)],
  )
}
