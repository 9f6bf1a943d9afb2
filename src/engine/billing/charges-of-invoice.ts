import { createHash } from 'node:crypto'
import type { InvoiceWithLines } from '../../contract/billing.ts'
import type { Queryable } from '../../storage/database.ts'
import { chargesOfInvoiceId } from '../../storage/tables/charges.ts'
import type { InvoiceRow } from '../../storage/tables/invoices.ts'
import type { OutboxEntry } from '../../storage/tables/outbox.ts'
import type { DraftLine } from './draft-invoice.ts'

/** The kind of the rows of the outbox that are charges to be collected. */
export const CHARGE_KIND = 'charge'

/** What a row of the outbox holds of a charge; amounts as text, since JSON has no `bigint`. */
export interface ChargePayload {
  readonly invoiceId: string
  readonly minorUnits: string
  readonly currency: string
  readonly description: string
  readonly periodStart: string
  readonly periodEnd: string
}

/** As many items as Stripe takes on one invoice. */
const MOST_CHARGES = 250

type BilledLine = Pick<DraftLine, 'charge' | 'description'> & {
  readonly minorUnits: bigint
}

/**
 * The charges of an invoice: one for each limit that was used past what it includes, for what was
 * adjusted of earlier ones, and below zero for what was given back. The plan's price is not among
 * them, as the subscription itself collects it, nor a credit that was carried over: it was told
 * when it came to be. Their keys follow from whose
 * limit and period they are of and from nothing else, so that they are the same also where an
 * invoice had to be made again.
 */
export const chargesOfInvoice = (
  invoice: Pick<
    InvoiceRow,
    'id' | 'organization_id' | 'period_start' | 'period_end' | 'currency'
  > & { readonly lines: readonly BilledLine[] },
): OutboxEntry[] => {
  const { organization_id: organizationId, currency } = invoice
  const periodStart = invoice.period_start.toISOString()
  const periodEnd = invoice.period_end.toISOString()
  return withinMost(invoice.lines).map(({ what, description, minorUnits }) => ({
    organizationId,
    kind: CHARGE_KIND,
    key: keyOf(organizationId, periodStart, what),
    payload: {
      ...{ invoiceId: invoice.id, minorUnits: String(minorUnits), currency },
      ...{ description, periodStart, periodEnd },
    } satisfies ChargePayload,
  }))
}

/** What is past the most is added up in the last. */
const withinMost = (lines: readonly BilledLine[]) => {
  const each = lines.flatMap(({ charge: what, description, minorUnits }) =>
    what === undefined || minorUnits === 0n ? [] : [{ what, description, minorUnits }],
  )
  if (each.length <= MOST_CHARGES) return each
  const rest = each.slice(MOST_CHARGES - 1)
  const minorUnits = rest.reduce((sum, line) => sum + line.minorUnits, 0n)
  const description = `Use past what is included of ${rest.length} further limits`
  return [...each.slice(0, MOST_CHARGES - 1), { what: 'rest', description, minorUnits }]
}

const keyOf = (...parts: readonly string[]): string =>
  `tollgate_${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)}`

/** What became of the charges of an invoice at Stripe, as far as was told. */
export const chargesAtStripe = async (
  tx: Queryable,
  organizationId: string,
  invoiceId: string,
): Promise<InvoiceWithLines['charges']> => {
  const invoice = { id: invoiceId, kind: CHARGE_KIND }
  const rows = await chargesOfInvoiceId(tx, organizationId, invoice)
  return rows.map((row) => {
    const { description, minorUnits } = row.payload as ChargePayload
    return {
      ...{ key: row.key, description, minorUnits: Number(minorUnits) },
      itemId: row.external_id,
      reason: row.external_id === null ? row.last_error : null,
      stripeInvoiceId: row.stripe_invoice_id,
      payment: row.payment_status,
      paidAt: row.paid_at?.toISOString() ?? null,
    }
  })
}
