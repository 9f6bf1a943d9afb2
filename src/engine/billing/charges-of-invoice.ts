import { createHash } from 'node:crypto'
import { partsOfAmount } from '../../connectors/stripe/amounts.ts'
import { STRIPE_LIMITS } from '../../connectors/stripe/limits.ts'
import type { InvoiceWithLines } from '../../contract/billing.ts'
import type { Queryable } from '../../storage/database.ts'
import { chargesOfInvoiceId, uncollectedOf } from '../../storage/tables/charges.ts'
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

type BilledLine = Pick<DraftLine, 'charge' | 'description'> & {
  readonly minorUnits: bigint
}

/**
 * The charges of an invoice: one for each limit that was used past what it includes, for what was
 * adjusted of earlier ones, and below zero for what was given back. The plan's price is not among
 * them, as the subscription itself collects it, nor a credit that was carried over: it was told
 * when it came to be. Their keys follow from whose
 * limit and period they are of and from nothing else, so that they are the same also where an
 * invoice had to be made again. One past what Stripe takes at once is several, which add up to it.
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
  return withinMost(invoice.lines).map(({ what, part, description, minorUnits }) => ({
    organizationId,
    kind: CHARGE_KIND,
    key: `${keyOf(organizationId, periodStart, what)}${part === 1 ? '' : `_${part}`}`,
    payload: {
      invoiceId: invoice.id,
      minorUnits: String(minorUnits),
      currency,
      description,
      periodStart,
      periodEnd,
    } satisfies ChargePayload,
  }))
}

interface Collected {
  readonly what: string
  readonly description: string
  readonly minorUnits: bigint
}

/** What is past the most items that an invoice takes is added up in the last ones. */
const withinMost = (lines: readonly BilledLine[]) => {
  const each = lines.flatMap(({ charge: what, description, minorUnits }) =>
    what === undefined || minorUnits === 0n ? [] : [{ what, description, minorUnits }],
  )
  let kept = each
  let rest: readonly Collected[] = []
  for (
    let all = each.flatMap(partsOf);
    all.length > STRIPE_LIMITS.itemsOnInvoice && kept.length > 1;
  ) {
    const over = all.length - STRIPE_LIMITS.itemsOnInvoice
    // One more than is over, for what they are added up in.
    kept = kept.slice(0, Math.max(1, kept.length - over - (rest.length === 0 ? 1 : 0)))
    rest = each.slice(kept.length)
    all = [...kept, addedUp(rest)].flatMap(partsOf)
  }
  return (rest.length === 0 ? each : [...kept, addedUp(rest)]).flatMap(partsOf)
}

const addedUp = (rest: readonly Collected[]): Collected => ({
  what: 'rest',
  description: `Use past what is included of ${rest.length} further limits`,
  minorUnits: rest.reduce((sum, line) => sum + line.minorUnits, 0n),
})

const partsOf = (charge: Collected) => {
  const parts = partsOfAmount(charge.minorUnits)
  return parts.map((minorUnits, index) => ({
    what: charge.what,
    part: index + 1,
    description:
      parts.length === 1
        ? charge.description
        : `${charge.description} (part ${index + 1} of ${parts.length})`,
    minorUnits,
  }))
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
      key: row.key,
      description,
      minorUnits: Number(minorUnits),
      itemId: row.external_id,
      reason: row.external_id === null ? row.last_error : null,
      stripeInvoiceId: row.stripe_invoice_id,
      payment: row.payment_status,
      paidAt: row.paid_at?.toISOString() ?? null,
    }
  })
}

/** What is to be collected of an invoice and was never written down as a charge, in minor units. */
export const uncollectedAtStripe = (
  tx: Queryable,
  organizationId: string,
  invoiceId: string,
): Promise<bigint> => uncollectedOf(tx, organizationId, { id: invoiceId, kind: CHARGE_KIND })
