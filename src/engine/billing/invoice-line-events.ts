import type { Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { InvoiceLineEvent, InvoiceLineEvents } from '../../contract/invoice-events.ts'
import { DEFAULT_PAGE_SIZE, noCursor, type PageRequest, pageFrom } from '../../contract/page.ts'
import { isStorable } from '../../contract/text.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  eventsKeptSince,
  meterEvents,
  meterEventsTotal,
} from '../../storage/tables/invoice-events.ts'
import type { InvoiceLineRow, InvoiceRow } from '../../storage/tables/invoices.ts'
import type { HistoryRow } from '../../storage/tables/usage-history.ts'
import type { Context } from '../context.ts'
import { historyEvent } from '../insight/history-event.ts'
import { existing } from '../tenancy/organizations.ts'
import { invoiceWithRows } from './invoices.ts'

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_(.+)$/s

/** The events that a line of an invoice was charged for, as far as they are kept. */
export const lineEvents = async (
  ctx: Context,
  {
    organizationId,
    invoiceId,
    line,
    cursor,
    limit = DEFAULT_PAGE_SIZE,
  }: Owned<PageRequest> & { readonly invoiceId: string; readonly line: number },
): Promise<InvoiceLineEvents> => {
  const after = cursor === undefined ? undefined : placeOf(cursor)
  const { starts_at: startsAt } = await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const { invoice, lines } = await invoiceWithRows(tx, organizationId, invoiceId)
    const found = lines.find((row) => row.line === line)
    if (!found)
      throw new TollgateError('not_found', { detail: 'there is no such line on this invoice' })
    const range = billedRange(invoice, found, startsAt)
    const { meter, window_name: window } = found
    const said = {
      ...{ invoiceId, line, meter, window },
      ...{ from: range.from.toISOString(), to: range.to.toISOString() },
    }
    const read =
      meter === null
        ? NOTHING
        : await eventsOf(ctx, tx, organizationId, { meter, ...range }, { after, limit })
    return { ...said, ...read }
  })
}

const NOTHING = { events: 0, total: null, keptSince: null, items: [], nextCursor: null }

const eventsOf = async (
  ctx: Context,
  tx: Queryable,
  organizationId: string,
  asked: { readonly meter: string; readonly from: Date; readonly to: Date },
  page: { readonly after: { at: Date; id: string } | undefined; readonly limit: number },
) => {
  const [rows, { events, total }, since] = await Promise.all([
    meterEvents(tx, organizationId, asked, { after: page.after, limit: page.limit + 1 }),
    meterEventsTotal(tx, organizationId, asked),
    eventsKeptSince(tx),
  ])
  const scale = ctx.catalog.meter(asked.meter)?.scale ?? 0
  const itemOf = (row: HistoryRow): InvoiceLineEvent => ({
    ...historyEvent(ctx, row),
    amount: amountOf(row.quantities[asked.meter], scale),
  })
  const { items, nextCursor } = pageFrom(
    rows,
    page.limit,
    itemOf,
    ({ occurred_at, id }) => `${occurred_at.toISOString()}_${id}`,
  )
  return {
    events: Number(events),
    total: total === null ? null : numberFromUnits(total, scale),
    keptSince: since && since > asked.from ? since.toISOString() : null,
    items: [...items],
    nextCursor,
  }
}

/** A month is billed with the period that begins in it; other windows with the one they begin in. */
const billedRange = (
  { period_start: start, period_end: end }: InvoiceRow,
  { window_name: window }: InvoiceLineRow,
  startsAt: Date,
): { from: Date; to: Date } => {
  if (window !== 'month') return { from: start, to: end }
  const fromMs = windowStart('month', start.getTime(), startsAt.getTime())
  return { from: new Date(fromMs), to: new Date(windowEnd('month', fromMs, startsAt.getTime())) }
}

const amountOf = (amount: number | string | undefined, scale: number): number | string =>
  typeof amount === 'number' ? numberFromUnits(BigInt(amount), scale) : (amount ?? 0)

const placeOf = (cursor: string): { at: Date; id: string } => {
  const [, instant = '', id = ''] = CURSOR.exec(cursor) ?? []
  const at = new Date(instant)
  if (!Number.isNaN(at.getTime()) && isStorable(id)) return { at, id }
  throw noCursor()
}
