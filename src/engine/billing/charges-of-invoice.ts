import { createHash } from 'node:crypto'
import { partsOfAmount } from '../../connectors/stripe/amounts.ts'
import { STRIPE_LIMITS } from '../../connectors/stripe/limits.ts'
import type { InvoiceWithLines } from '../../contract/billing.ts'
import type { Queryable } from '../../storage/database.ts'
import { chargesOfInvoiceId, uncollectedOf } from '../../storage/tables/charges.ts'
import type { InvoiceRow } from '../../storage/tables/invoices.ts'
import type { OutboxEntry } from '../../storage/tables/outbox.ts'
import type { DraftLine } from './draft-invoice.ts'

/** The kind of the outbox entries that are charges. */
export const CHARGE_KIND = 'charge'

/** The payload of a charge in the outbox. Amounts are text, since JSON has no `bigint`. */
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
 * The charges of an invoice: one for each limit with overage, one for each adjustment of an earlier
 * invoice, and negative ones for credit notes.
 *
 * The plan's price is not among them, since the subscription itself collects it. A credit carried
 * over is not either: it was charged when it arose.
 *
 * A key depends only on the limit and the period. So it is the same if an invoice has to be made
 * again. A charge above Stripe's maximum is split into several that add up to it.
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

/** Lines beyond the most items on an invoice are summed into the last items. */
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
    // Removes one more than the excess, to make room for the sum.
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

/** The state of an invoice's charges at Stripe, as far as Stripe has reported it. */
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

/** The amount due on an invoice that was never queued as a charge, in minor units. */
export const uncollectedAtStripe = (
  tx: Queryable,
  organizationId: string,
  invoiceId: string,
): Promise<bigint> => uncollectedOf(tx, organizationId, { id: invoiceId, kind: CHARGE_KIND })
