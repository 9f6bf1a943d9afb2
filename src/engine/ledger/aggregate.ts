import type { TollgateAdmin } from '../../contract/tollgate.ts'
import { windowStart } from '../../core/windows.ts'
import { aggregateUsage, type EventSpan, eventSpan } from '../../storage/reports/books.ts'
import type { Context } from '../context.ts'

/**
 * Compares all roll-ups, buckets and holds with the raw events, in a range or over all stored
 * events. With `repair`, sets them to the values from the events.
 */
export const aggregate = async (
  ctx: Context,
  range: { from?: Date; to?: Date; repair?: boolean } = {},
): ReturnType<TollgateAdmin['aggregate']> => {
  const span = await eventSpan(ctx.db)
  const from = laterOf(range.from ?? beforeAllWindows(span, ctx.clock.now()), span.whole_since)
  const to = range.to ?? monthAfterNext(span.last ?? ctx.clock.now())
  const differences = await aggregateUsage(ctx.db, { from, to, repair: range.repair ?? false })
  return {
    from,
    to,
    events: span.events,
    differences: differences.map((row) => ({
      organizationId: row.organization_id,
      what: row.what,
      window: row.window_name,
      windowStart: row.window_start,
      key: row.key,
      stored: row.stored,
      recomputed: row.recomputed,
    })),
  }
}

/** Two months before the first event is before every window and period that contains it. */
const beforeAllWindows = (span: EventSpan, now: Date): Date =>
  span.first ? monthBoundary(span.first, -2) : now

/** A window that starts before the raw events are complete cannot be recomputed. */
const laterOf = (from: Date, wholeSince: Date | null): Date =>
  wholeSince && wholeSince > from ? wholeSince : from

const monthAfterNext = (date: Date): Date => monthBoundary(date, 2)

const monthBoundary = (date: Date, months: number): Date => {
  const start = new Date(windowStart('month', date.getTime(), 0))
  start.setUTCMonth(start.getUTCMonth() + months)
  return start
}
