import type { Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { InvoiceLineEvent, InvoiceLineEvents } from '../../contract/invoice-events.ts'
import { DEFAULT_PAGE_SIZE, noCursor, type PageRequest, pageFrom } from '../../contract/page.ts'
import { isStorable } from '../../contract/text.ts'
import { numberFromUnits } from '../../core/amounts.ts'
import { CREDITS_METER, type TimeWindow } from '../../core/catalog-words.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  eventsKeptSince,
  type MeterEvents,
  meterEvents,
  meterEventsTotal,
} from '../../storage/events/invoice-events.ts'
import type { HistoryRow } from '../../storage/events/usage-history.ts'
import { basisOf, type InvoiceLineRow, type InvoiceRow } from '../../storage/tables/invoices.ts'
import type { Context } from '../context.ts'
import { historyEvent } from '../rating/history-event.ts'
import { type BasisLimit, limitName, readBasis } from '../rating/rating-basis.ts'
import { existing } from '../tenancy/organizations.ts'
import { invoiceWithRows } from './invoices.ts'

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_(.+)$/s

/** The events that a line of an invoice was charged for, as far as they are still stored. */
export const lineEvents = async (
  ctx: Context,
  {
    organizationId,
    invoiceId,
    line,
    cursor,
    limit: most = DEFAULT_PAGE_SIZE,
  }: Owned<PageRequest> & { readonly invoiceId: string; readonly line: number },
): Promise<InvoiceLineEvents> => {
  const after = cursor === undefined ? undefined : placeOf(cursor)
  const { starts_at: startsAt } = await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const { invoice, lines } = await invoiceWithRows(tx, organizationId, invoiceId)
    const found = lines.find((row) => row.line === line)
    if (!found)
      throw new TollgateError('not_found', { detail: 'there is no such line on this invoice' })
    const { meter, window_name: window, counted } = found
    // An adjustment belongs to the period that it corrects.
    const ofPeriod = found.adjusts === null ? invoiceId : found.adjusts
    const { invoice: period } = await invoiceWithRows(tx, organizationId, ofPeriod)
    const range = billedRange(period, found, startsAt)
    const said = {
      invoiceId,
      line,
      meter,
      window,
      from: range.from.toISOString(),
      to: range.to.toISOString(),
    }
    if (meter === null) return { ...said, ...NOTHING }
    const basis = await basisOf(tx, organizationId, ofPeriod)
    const limit = basis
      ? readBasis(basis).find((one) => limitName(one) === `${meter}/${window}`)
      : undefined
    const asked = {
      meter,
      ...range,
      receivedBy: invoice.created_at,
      windows: limit ? windowsOfLimit(limit, range, startsAt.getTime()) : [range],
    }
    const read = await eventsOf(
      ctx,
      tx,
      organizationId,
      { ...asked, counted },
      { after, limit: most },
    )
    return { ...said, ...read }
  })
}

const NOTHING = {
  events: 0,
  total: null,
  paidByGrants: null,
  keptSince: null,
  items: [],
  nextCursor: null,
}

const eventsOf = async (
  ctx: Context,
  tx: Queryable,
  organizationId: string,
  { counted, ...asked }: MeterEvents & { readonly counted: bigint | null },
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
    paidByGrants:
      total === null || counted === null || asked.meter !== CREDITS_METER
        ? null
        : numberFromUnits(total - counted, scale),
    keptSince: since && since > asked.from ? since.toISOString() : null,
    items: [...items],
    nextCursor,
  }
}

/**
 * A month is billed with the period that begins in that month. Any other window is billed with the
 * period in which the window begins.
 */
const billedRange = (
  { period_start: start, period_end: end }: InvoiceRow,
  { window_name: window }: InvoiceLineRow,
  startsAt: Date,
): { from: Date; to: Date } => {
  if (window !== 'month') return { from: start, to: end }
  const fromMs = windowStart('month', start.getTime(), startsAt.getTime())
  return { from: new Date(fromMs), to: new Date(windowEnd('month', fromMs, startsAt.getTime())) }
}

/**
 * The windows in which the limit was in force, without those of a plan that lacks it. Adjacent
 * windows are joined.
 */
const windowsOfLimit = (
  { window, spells }: BasisLimit,
  { from, to }: { readonly from: Date; readonly to: Date },
  anchorMs: number,
): { readonly from: Date; readonly to: Date }[] => {
  const windows: { from: Date; to: Date }[] = []
  for (const spell of spells.filter(({ isOther }) => !isOther)) {
    const firstMs = Math.max(spell.startMs, from.getTime())
    const lastMs = Math.min(spell.endMs, to.getTime()) - 1
    if (lastMs < firstMs) continue
    const startMs = windowStart(window as TimeWindow, firstMs, anchorMs)
    const endMs = windowEnd(window as TimeWindow, lastMs, anchorMs)
    const before = windows.at(-1)
    if (before && before.to.getTime() >= startMs) before.to = new Date(endMs)
    else windows.push({ from: new Date(startMs), to: new Date(endMs) })
  }
  return windows
}

const amountOf = (amount: number | string | undefined, scale: number): number | string =>
  typeof amount === 'number' ? numberFromUnits(BigInt(amount), scale) : (amount ?? 0)

const placeOf = (cursor: string): { at: Date; id: string } => {
  const [, instant = '', id = ''] = CURSOR.exec(cursor) ?? []
  const at = new Date(instant)
  if (!Number.isNaN(at.getTime()) && isStorable(id)) return { at, id }
  throw noCursor()
}
