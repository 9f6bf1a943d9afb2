import type { z } from 'zod'
import type { CallOptions, Owned, Replayable } from '../../contract/call.ts'
import type { CreditNote, creditNoteInputSchema } from '../../contract/credit-notes.ts'
import { invalid, TollgateError } from '../../contract/errors.ts'
import { parseDecimal, toUnits } from '../../core/amounts.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { moneyText } from '../../core/billing/money-text.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import {
  type CreditNoteRow,
  creditNotesOf,
  findCreditNote,
  insertCreditNote,
} from '../../storage/tables/corrections.ts'
import type { InvoiceRow } from '../../storage/tables/invoices.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'
import { chargedBooks } from './charged-books.ts'
import { invoiceWithRows } from './invoices.ts'
import { REACH_MS } from './late-use.ts'

/**
 * Gives back all or part of an invoice, once for each id. The next invoice starts with it.
 *
 * All notes of an invoice together never exceed its total. Together with its adjustments, they
 * never exceed what was charged.
 */
export const createCreditNote = async (
  ctx: Context,
  input: Owned<z.output<typeof creditNoteInputSchema>> & { readonly invoiceId: string },
  options: CallOptions = {},
): Promise<Replayable<CreditNote>> => {
  const { organizationId, invoiceId, amount, reason } = input
  await existing(ctx, organizationId)
  const id = ctx.ids()
  const given = input.id ?? options.idempotencyKey
  const key = given === undefined ? `note:${id}` : `key:${given}`
  return ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId, { alsoClosed: true })
    const { invoice } = await invoiceWithRows(tx, organizationId, invoiceId)
    const units = unitsOf(amount, invoice)
    const before = await findCreditNote(tx, organizationId, key)
    if (before) {
      if (before.invoice_id === invoiceId && before.minor_units === units) {
        return { ...noteOf(before, invoice), replayed: true }
      }
      const message = 'has given something else back before'
      throw new TollgateError('idempotency_conflict', {
        detail: `id: ${message}`,
        faults: [{ field: 'id', message }],
      })
    }
    const notes = await creditNotesOf(tx, organizationId, invoiceId)
    const since = new Date(invoice.period_start.getTime() - REACH_MS)
    const book = (await chargedBooks(tx, [organizationId], since))(organizationId)
    requireWithin(invoice, notes, book.leftOf(invoiceId), units)
    const row = {
      id,
      organization_id: organizationId,
      invoice_id: invoiceId,
      key,
      minor_units: units,
      reason,
      actor: options.actor ?? 'unknown',
      created_at: ctx.clock.now(),
    }
    await insertCreditNote(tx, row)
    await appendAudit(tx, ctx, {
      organizationId,
      category: 'billing',
      action: 'credit_note.created',
      ...actorOf(options),
      subject: `invoice:${invoiceId}`,
      new: { creditNoteId: id, amount, reason },
      told: [
        told('credit_note.issued', {
          creditNoteId: id,
          invoiceId,
          currency: invoice.currency,
          amountMinorUnits: Number(units),
          reason,
        }),
      ],
    })
    return { ...noteOf({ ...row, applied_to: null }, invoice), replayed: false }
  })
}

/** The credit notes of an invoice, in order of creation. */
export const listCreditNotes = async (
  ctx: Context,
  { organizationId, invoiceId }: { readonly organizationId: string; readonly invoiceId: string },
): Promise<readonly CreditNote[]> => {
  await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const { invoice } = await invoiceWithRows(tx, organizationId, invoiceId)
    const notes = await creditNotesOf(tx, organizationId, invoiceId)
    return notes.map((note) => noteOf(note, invoice))
  })
}

const requireWithin = (
  invoice: InvoiceRow,
  notes: readonly CreditNoteRow[],
  charged: bigint,
  units: bigint,
): void => {
  const back = notes.reduce((sum, { minor_units }) => sum + minor_units, 0n)
  const ofTotal = invoice.total_minor_units > 0n ? invoice.total_minor_units - back : 0n
  const left = ofTotal < charged ? ofTotal : charged
  if (units <= left) return
  const most = moneyText(left, currencyOf(invoice.currency))
  throw invalid({ field: 'amount', message: `is more than is left of the invoice: ${most}` })
}

const unitsOf = (amount: string, invoice: InvoiceRow): bigint => {
  const { exponent, code } = currencyOf(invoice.currency)
  const decimal = parseDecimal(amount)
  if (decimal && decimal.units > 0n && decimal.scale <= exponent) return toUnits(decimal, exponent)
  const message = `must be above zero with at most ${exponent} decimals of ${code}`
  throw invalid({ field: 'amount', message })
}

const noteOf = (row: CreditNoteRow, { currency }: InvoiceRow): CreditNote => ({
  id: row.id,
  organizationId: row.organization_id,
  invoiceId: row.invoice_id,
  amount: moneyText(row.minor_units, currencyOf(currency)),
  currency,
  reason: row.reason,
  actor: row.actor,
  createdAt: row.created_at.toISOString(),
  appliedTo: row.applied_to,
})
