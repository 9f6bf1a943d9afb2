import type { TollgateEngine } from '../../contract/tollgate.ts'
import { windowStart } from '../../core/windows.ts'
import { aggregateUsage, type EventSpan, eventSpan } from '../../storage/tables/books.ts'
import type { Context } from '../context.ts'

const WEEK_MS = 7 * 86_400_000

/**
 * Compares every roll-up, bucket and hold with what the raw events say, over a range or over all
 * events that are kept; with `repair`, sets the books to what the events say.
 */
export const aggregate = async (
  ctx: Context,
  range: { from?: Date; to?: Date; repair?: boolean } = {},
): ReturnType<TollgateEngine['aggregate']> => {
  const span = await eventSpan(ctx.db)
  const from = range.from ?? firstWholeWindow(span, ctx.clock.now())
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

/**
 * Where the comparison may begin. Once retention has dropped events, a window that starts before
 * the oldest week that is kept cannot be recomputed; otherwise two months before the first event
 * take in every window and period that contains it.
 */
const firstWholeWindow = (span: EventSpan, now: Date): Date => {
  if (!span.first) return now
  if (!span.dropped) return monthBoundary(span.first, -2)
  const mondayMs = Date.UTC(2024, 0, 1)
  const weeks = Math.floor((span.first.getTime() - mondayMs) / WEEK_MS)
  return new Date(mondayMs + weeks * WEEK_MS)
}

const monthAfterNext = (date: Date): Date => monthBoundary(date, 2)

const monthBoundary = (date: Date, months: number): Date => {
  const start = new Date(windowStart('month', date.getTime(), 0))
  start.setUTCMonth(start.getUTCMonth() + months)
  return start
}
