import { currencyOf } from '../../core/billing/currencies.ts'
import { formatFraction, fraction } from '../../core/billing/fraction.ts'
import type { Queryable } from '../../storage/database.ts'
import { carriedCredits, waitingCreditNotes } from '../../storage/tables/corrections.ts'
import type { DraftLine } from './draft-invoice.ts'
import { adjustmentsForLateUse } from './late-use.ts'

/** Lines of an invoice that stem from before its period, and the credit notes that they use up. */
interface CarriedOver {
  readonly lines: readonly DraftLine[]
  readonly noteIds: readonly string[]
}

const NONE: CarriedOver = { lines: [], noteIds: [] }

/**
 * The lines of invoices besides their own periods: corrections of earlier invoices, credit notes,
 * and the credit carried over from the last one. Of periods that end together, it takes the latest
 * start: none of their invoices ends between the starts.
 */
export const carriedOver = async (
  db: Queryable,
  organizationIds: readonly string[],
  periodStart: Date,
): Promise<(organizationId: string) => CarriedOver> => {
  const adjustments = await adjustmentsForLateUse(db, organizationIds, periodStart)
  const notes = await waitingCreditNotes(db, organizationIds)
  const carried = await carriedCredits(db, organizationIds, periodStart)
  const all = new Map<string, { lines: DraftLine[]; noteIds: string[] }>()
  const of = (id: string) => {
    const known = all.get(id)
    if (known) return known
    const made = { lines: [], noteIds: [] }
    all.set(id, made)
    return made
  }
  for (const [id, lines] of adjustments) of(id).lines.push(...lines)
  for (const note of notes) {
    of(note.organization_id).noteIds.push(note.id)
    of(note.organization_id).lines.push({
      ...creditOf('USD', note.minor_units, `Credit note: ${note.reason}`, note.invoice_id),
      charge: `credit note ${note.id}`,
    })
  }
  for (const row of carried) {
    of(row.organization_id).lines.push(
      creditOf(row.currency, row.carried_minor_units, 'Credit of the invoice before', row.id),
    )
  }
  return (id) => all.get(id) ?? NONE
}

const creditOf = (
  currency: string,
  minorUnits: bigint,
  description: string,
  invoiceId: string,
): DraftLine => {
  const amount = fraction(-minorUnits, 10n ** BigInt(currencyOf(currency).exponent))
  return {
    kind: 'credit',
    description,
    amount,
    adjusts: invoiceId,
    meter: null,
    window: null,
    units: null,
    steps: [{ kind: 'credit', priceId: `invoice ${invoiceId}`, amount: formatFraction(amount) }],
  }
}
