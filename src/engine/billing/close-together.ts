import type { CallOptions } from '../../contract/call.ts'
import { formatFraction } from '../../core/billing/fraction.ts'
import type { Queryable } from '../../storage/database.ts'
import { applyCreditNotes } from '../../storage/tables/corrections.ts'
import {
  type DueClosingRow,
  type DueRequest,
  dueClosings,
  type InvoiceRow,
  insertInvoiceLines,
  insertInvoices,
} from '../../storage/tables/invoices.ts'
import { lockOrganizations } from '../../storage/tables/organizations.ts'
import { insertOutbox } from '../../storage/tables/outbox.ts'
import { applyDueChanges } from '../../storage/tables/subscriptions.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { basisText } from '../rating/rating-basis.ts'
import { chargesOfInvoice } from './charges-of-invoice.ts'
import { type DraftInvoice, draftInvoices } from './draft-invoice.ts'

/** Periods that ended longer ago than the time allowed for late events. */
export const dueNow = ({ clock, billing }: Pick<Context, 'clock' | 'billing'>): DueRequest => ({
  endedBy: new Date(clock.now().getTime() - billing.graceMs),
  since: billing.since,
})

/** Which periods of some organizations are closed, and which of their drafts become invoices. */
export interface Closing {
  readonly due: (db: Queryable, organizationIds: readonly string[]) => Promise<DueClosingRow[]>
  readonly isBilled: (draft: DraftInvoice) => boolean
}

/** Every period that is due gets an invoice, even if nothing is charged. */
export const closingOfPeriods = (ctx: Pick<Context, 'clock' | 'billing'>): Closing => ({
  due: (db, organizationIds) => dueClosings(db, dueNow(ctx), { organizationIds }),
  isBilled: () => true,
})

/**
 * Closes periods of some organizations that end at the same instant, in one transaction under their
 * locks. Invoices, lines, audit entries and charges are committed together, or not at all.
 *
 * It reads what is due again under the locks. So if two processes try, one closes the periods and
 * the other finds them closed. Returns how many were closed.
 */
export const closeTogether = (
  ctx: Context,
  asked: readonly DueClosingRow[],
  options: CallOptions,
  closing: Closing,
): Promise<number> =>
  ctx.db.transaction(async (tx) => {
    const organizationIds = asked.map(({ id }) => id)
    await lockOrganizations(tx, organizationIds)
    await applyDueChanges(tx, ctx.clock.now(), organizationIds, organizationIds.length)
    const endMs = asked[0]?.period_end.getTime()
    const due = (await closing.due(tx, organizationIds)).filter(
      ({ period_end }) => period_end.getTime() === endMs,
    )
    return due.length === 0 ? 0 : writeInvoices(tx, ctx, due, options, closing)
  })

const writeInvoices = async (
  tx: Queryable,
  ctx: Context,
  due: readonly DueClosingRow[],
  options: CallOptions,
  closing: Closing,
): Promise<number> => {
  const made = await invoicesOf(tx, ctx, due, closing)
  const inserted = await insertInvoices(
    tx,
    made.map(({ row }) => row),
  )
  const written = made.filter(({ row }) => inserted.has(row.id))
  await insertInvoiceLines(
    tx,
    written.flatMap(({ row: invoice, lines }) =>
      lines.map(({ kind, description, meter, window, units, amount, ...line }, index) => ({
        invoice,
        line: index + 1,
        kind,
        description,
        meter,
        window_name: window,
        units,
        amount: formatFraction(amount),
        minor_units: line.minorUnits,
        steps: line.steps,
        adjusts: line.adjusts ?? null,
        counted: line.counted ?? null,
      })),
    ),
  )
  await applyCreditNotes(
    tx,
    written.flatMap(({ row, noteIds }) => noteIds.map((noteId) => ({ noteId, invoiceId: row.id }))),
  )
  if (ctx.billing.collector && !ctx.billing.metering) {
    const charges = written.flatMap(({ row, lines }) => chargesOfInvoice({ ...row, lines }))
    await insertOutbox(tx, charges, ctx.clock.now())
  }
  await appendAudit(tx, ctx, ...written.map(({ row, lines }) => actOf(row, lines.length, options)))
  return written.length
}

const invoicesOf = async (
  tx: Queryable,
  ctx: Context,
  due: readonly DueClosingRow[],
  { isBilled }: Closing,
) => {
  const at = ctx.clock.now()
  const periods = new Map(
    due.map(({ id, period_start, period_end }) => [
      id,
      { startMs: period_start.getTime(), endMs: period_end.getTime() },
    ]),
  )
  const asOf = new Date((due[0] as DueClosingRow).period_end.getTime() - 1)
  const drafts = await draftInvoices(tx, periods, asOf)
  return due.flatMap(({ id, period_start, period_end }) => {
    const draft = drafts.get(id)
    if (!draft || !isBilled(draft)) return []
    const row: InvoiceRow = {
      id: ctx.ids(),
      organization_id: id,
      period_start,
      period_end,
      state: 'final',
      currency: draft.currency.code,
      total_minor_units: draft.totalMinorUnits,
      due_minor_units: draft.dueMinorUnits,
      carried_minor_units: draft.carriedMinorUnits,
      created_at: at,
    }
    const basis = basisText(draft.overage)
    return [{ row: { ...row, basis }, lines: draft.lines, noteIds: draft.creditNoteIds }]
  })
}

const actOf = (row: InvoiceRow, lines: number, options: CallOptions) => ({
  organizationId: row.organization_id,
  category: 'billing' as const,
  action: 'period.closed',
  ...actorOf(options),
  subject: `invoice:${row.id}`,
  new: {
    periodStart: row.period_start.toISOString(),
    periodEnd: row.period_end.toISOString(),
    currency: row.currency,
    totalMinorUnits: String(row.total_minor_units),
    lines,
  },
  told: [
    told('invoice.closed', {
      invoiceId: row.id,
      periodStart: row.period_start.toISOString(),
      periodEnd: row.period_end.toISOString(),
      currency: row.currency,
      totalMinorUnits: Number(row.total_minor_units),
      dueMinorUnits: Number(row.due_minor_units),
    }),
  ],
})
