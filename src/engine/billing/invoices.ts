import type { Invoice, InvoicePreview, InvoiceWithLines } from '../../contract/billing.ts'
import type { Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import {
  DEFAULT_PAGE_SIZE,
  noCursor,
  type Page,
  type PageRequest,
  pageFrom,
} from '../../contract/page.ts'
import { isUuid } from '../../contract/text.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { formatFraction } from '../../core/billing/fraction.ts'
import { moneyText } from '../../core/billing/money-text.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  findInvoice,
  type InvoiceLineRow,
  type InvoiceRow,
  invoicePage,
  linesOfInvoice,
} from '../../storage/tables/invoices.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { chargesAtStripe, uncollectedAtStripe } from './charges-of-invoice.ts'
import { draftInvoices, type LineStep } from './draft-invoice.ts'

/** The latest period first. */
export const listInvoices = async (
  ctx: Context,
  { organizationId, cursor, limit = DEFAULT_PAGE_SIZE }: Owned<PageRequest>,
): Promise<Page<Invoice>> => {
  const before = cursor === undefined ? undefined : instantOf(cursor)
  await existing(ctx, organizationId)
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    invoicePage(tx, organizationId, { before, limit: limit + 1 }),
  )
  return pageFrom(rows, limit, invoiceOf, (row) => row.period_start.toISOString())
}

/** An invoice with its lines, or `not_found`. */
export const getInvoice = async (
  ctx: Context,
  { organizationId, invoiceId }: { readonly organizationId: string; readonly invoiceId: string },
): Promise<InvoiceWithLines> => {
  await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const { invoice, lines } = await invoiceWithRows(tx, organizationId, invoiceId)
    const { currency } = invoice
    return {
      ...invoiceOf(invoice),
      lines: lines.map((line) => lineOf(line, currency)),
      charges: await chargesAtStripe(tx, organizationId, invoice.id),
      uncollectedMinorUnits: ctx.billing.metering
        ? 0
        : Number(await uncollectedAtStripe(tx, organizationId, invoice.id)),
    }
  })
}

/** An invoice as it is stored, or `not_found`. */
export const invoiceWithRows = async (
  tx: Queryable,
  organizationId: string,
  invoiceId: string,
): Promise<{ readonly invoice: InvoiceRow; readonly lines: readonly InvoiceLineRow[] }> => {
  const noInvoice = new TollgateError('not_found', { detail: 'there is no such invoice' })
  if (!isUuid(invoiceId)) throw noInvoice
  const invoice = await findInvoice(tx, organizationId, invoiceId)
  if (!invoice) throw noInvoice
  return { invoice, lines: await linesOfInvoice(tx, organizationId, invoiceId) }
}

/** The invoice of the current period as it would be now. Nothing is stored. */
export const previewInvoice = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<InvoicePreview> => {
  const { starts_at } = await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const startMs = windowStart('period', at.getTime(), starts_at.getTime())
  const endMs = windowEnd('period', startMs, starts_at.getTime())
  const periods = new Map([[organizationId, { startMs, endMs }]])
  const drafts = await asOrganization(ctx.db, organizationId, (tx) =>
    draftInvoices(tx, periods, at),
  )
  const draft = drafts.get(organizationId)
  if (!draft) throw new TollgateError('not_found')
  const { currency } = draft
  return {
    state: 'draft',
    organizationId,
    periodStart: new Date(startMs).toISOString(),
    periodEnd: new Date(endMs).toISOString(),
    currency: currency.code,
    total: moneyText(draft.totalMinorUnits, currency),
    totalMinorUnits: Number(draft.totalMinorUnits),
    dueMinorUnits: Number(draft.dueMinorUnits),
    carriedMinorUnits: Number(draft.carriedMinorUnits),
    asOf: at.toISOString(),
    lines: draft.lines.map(({ amount, window, adjusts = null, counted = null, ...line }, index) =>
      lineOf(
        {
          ...line,
          line: index + 1,
          window_name: window,
          adjusts,
          counted,
          amount: formatFraction(amount),
          minor_units: line.minorUnits,
        },
        currency.code,
      ),
    ),
  }
}

const invoiceOf = (row: InvoiceRow): Invoice => ({
  id: row.id,
  state: 'final',
  organizationId: row.organization_id,
  periodStart: row.period_start.toISOString(),
  periodEnd: row.period_end.toISOString(),
  currency: row.currency,
  total: moneyText(row.total_minor_units, currencyOf(row.currency)),
  totalMinorUnits: Number(row.total_minor_units),
  dueMinorUnits: Number(row.due_minor_units),
  carriedMinorUnits: Number(row.carried_minor_units),
  createdAt: row.created_at.toISOString(),
})

const lineOf = (row: InvoiceLineRow, currency: string): InvoiceWithLines['lines'][number] => ({
  line: row.line,
  kind: row.kind,
  description: row.description,
  meter: row.meter,
  window: row.window_name,
  units: row.units,
  exactAmount: row.amount,
  amount: moneyText(row.minor_units, currencyOf(currency)),
  minorUnits: Number(row.minor_units),
  steps: [...(row.steps as readonly LineStep[])],
  adjusts: row.adjusts,
})

/** A cursor is the start of the last invoice's period. */
const instantOf = (cursor: string): Date => {
  const instant = new Date(cursor)
  if (!Number.isNaN(instant.getTime()) && instant.toISOString() === cursor) return instant
  throw noCursor()
}
