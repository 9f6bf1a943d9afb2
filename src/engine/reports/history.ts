import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import { invalid } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, pageFrom } from '../../contract/page.ts'
import {
  HISTORY_SORTS,
  type HistoryEvent,
  type HistoryFilter,
  type HistoryPage,
  type HistorySort,
  type historyExportSchema,
  type historyListSchema,
  MAX_HISTORY_DAYS,
  MAX_HISTORY_DEPTH,
} from '../../contract/usage-history.ts'
import { splitKey } from '../../core/catalog-words.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import { type EventSums, eventSums, rollupOf } from '../../storage/events/event-sums.ts'
import {
  type EventFilter,
  type EventOrder,
  type EventPlace,
  eventPage,
  type HistoryRow,
} from '../../storage/events/usage-history.ts'
import { nearerToPage } from '../../storage/reports/history-days.ts'
import type { Context } from '../context.ts'
import { bytesOfJson, pagedExport } from '../paged-export.ts'
import { creditsOf, plainDecimal } from '../rating/figures.ts'
import { historyEvent } from '../rating/history-event.ts'
import { existing } from '../tenancy/organizations.ts'
import { aboutOrganization } from './answers.ts'
import { cursorOf, placeOf } from './history-cursor.ts'

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000
/** The clock of an event may be up to five minutes ahead. The history includes such events. */
const AHEAD_MS = 300_001

/** The totals of a history. */
type Summary = NonNullable<HistoryPage['summary']>

/** A page of an organization's raw events, and the totals of all events that match. */
export const listHistory = async (
  ctx: Context,
  input: Owned<z.output<typeof historyListSchema>>,
): Promise<HistoryPage> => {
  const { organizationId, sort = HISTORY_SORTS[0], cursor, page, ...others } = input
  const {
    limit = DEFAULT_PAGE_SIZE,
    summary: wantsSummary = cursor === undefined,
    ...given
  } = others
  const place = { page, cursor, limit }
  refuseTooDeep(place)
  const after = cursor === undefined ? undefined : placeOf(cursor, sort)
  await existing(ctx, organizationId)
  const filter = filterOf(ctx, given)
  const order = orderOf(sort)
  const skip = ((page ?? 1) - 1) * limit
  const isCounted = rollupOf(filter) !== undefined
  const [[rows, sums], summary] = await Promise.all([
    asItsOwn(ctx, organizationId, filter, (tx) =>
      Promise.all([
        pageOf(tx, organizationId, filter, { order, after, skip, limit: limit + 1 }),
        wantsSummary && isCounted ? eventSums(tx, organizationId, filter) : undefined,
      ]),
    ),
    wantsSummary && !isCounted ? cachedSummary(ctx, organizationId, given, filter) : undefined,
  ])
  const shown = pageFrom(
    rows,
    limit,
    (row) => historyEvent(ctx, row),
    (row) => cursorOf(sort, placeOfRow(row)),
  )
  const told = summary ?? (sums ? summaryOf(sums) : null)
  return {
    organizationId,
    range: { from: filter.from.toISOString(), to: filter.to.toISOString() },
    sort,
    events: [...shown.items],
    pagination: {
      page: cursor === undefined ? (page ?? 1) : null,
      limit,
      total: told?.events ?? null,
      totalPages: told ? Math.ceil(told.events / limit) : null,
      nextCursor: shown.nextCursor,
    },
    summary: told,
  }
}

/**
 * A plan that fits any session would scan all events of the organization. So a query by session is
 * planned anew each time.
 */
const asItsOwn = <Result>(
  ctx: Pick<Context, 'db'>,
  organizationId: string,
  { sessionId }: EventFilter,
  read: (tx: Queryable) => Promise<Result>,
): Promise<Result> =>
  asOrganization(ctx.db, organizationId, read, {
    planned: sessionId === undefined ? 'walking' : 'each_time',
  })

/** In time order, a deep page starts from a nearby time and does not scan from the beginning. */
const pageOf = async (
  tx: Queryable,
  organizationId: string,
  filter: EventFilter,
  page: Parameters<typeof eventPage>[4] & { readonly order: EventOrder },
): Promise<HistoryRow[]> => {
  const { order, after, skip, limit } = page
  const { descending } = order
  const near =
    order.by === 'occurredAt'
      ? await nearerToPage(tx, organizationId, filter, { descending, skip })
      : { filter, skip }
  return eventPage(tx, organizationId, near.filter, order, { after, skip: near.skip, limit })
}

/** Computes the totals once for all pages, and caches them until the next write. */
const cachedSummary = (
  ctx: Context,
  organizationId: string,
  given: HistoryFilter,
  filter: EventFilter,
): Promise<Summary> => {
  // Without an end date, the range ends later than any event that could be recorded by now.
  const asked = { what: 'summary', organizationId, given: { ...given, from: filter.from } }
  return ctx.reports.answers.get(
    aboutOrganization(ctx, asked, async () => ({
      value: summaryOf(
        await asItsOwn(ctx, organizationId, filter, (tx) => eventSums(tx, organizationId, filter)),
      ),
      untilMs: Number.POSITIVE_INFINITY,
    })),
  )
}

/**
 * All matching events, oldest or newest first. It reads the next page only when the consumer needs
 * it.
 */
export const exportHistory = async (
  ctx: Context,
  input: Owned<z.output<typeof historyExportSchema>>,
): Promise<AsyncIterable<HistoryEvent>> => {
  const { organizationId, sort = HISTORY_SORTS[0], ...given } = input
  await existing(ctx, organizationId)
  const filter = filterOf(ctx, given)
  return pagedExport({
    read: (after: EventPlace | undefined, limit) =>
      asItsOwn(ctx, organizationId, filter, (tx) =>
        eventPage(tx, organizationId, filter, orderOf(sort), { after, skip: 0, limit }),
      ),
    itemOf: (row: HistoryRow) => historyEvent(ctx, row),
    placeOf: placeOfRow,
    bytesOf: ({ properties, quantities }) => bytesOfJson(properties, quantities),
  })
}

const refuseTooDeep = (place: {
  page?: number | undefined
  cursor?: string | undefined
  limit: number
}) => {
  const { page, cursor, limit } = place
  if (page === undefined) return
  if (cursor !== undefined)
    throw invalid({ field: 'page', message: 'must not stand beside cursor' })
  if (page * limit <= MAX_HISTORY_DEPTH) return
  const reach = `page × limit must be at most ${MAX_HISTORY_DEPTH}`
  const message = `${reach}: go on from there with the nextCursor of a page`
  throw invalid({ field: 'page', message })
}

/**
 * A missing filter matches everything, except that the range is bounded because this scans raw
 * events.
 */
const filterOf = (ctx: Context, given: HistoryFilter): EventFilter => {
  const { startDate, endDate, eventType, ...rest } = given
  const latestMs = ctx.clock.now().getTime() + AHEAD_MS
  const spanMs = MAX_HISTORY_DAYS * DAY_MS
  if (startDate && !endDate && latestMs - startDate.getTime() > spanMs + AHEAD_MS) {
    const message = `must be at most ${MAX_HISTORY_DAYS} days ago where there is no endDate`
    throw invalid({ field: 'startDate', message })
  }
  const to = endDate ?? new Date(Math.max(latestMs, startDate?.getTime() ?? latestMs))
  return {
    ...rest,
    // Rounded to the minute, so that the same request soon after hits the cache.
    from: startDate ?? new Date(Math.floor((to.getTime() - spanMs) / MINUTE_MS) * MINUTE_MS),
    to,
    eventType: eventType === undefined ? undefined : splitKey(eventType).key,
  }
}

const orderOf = (sort: HistorySort): EventOrder => ({
  by: sort.endsWith('credits') ? 'credits' : 'occurredAt',
  descending: sort.startsWith('-'),
})

const placeOfRow = (row: HistoryRow): EventPlace => ({
  credits: row.credits,
  occurredAt: row.occurred_at,
  id: row.id,
})

const summaryOf = (sums: EventSums) => ({
  events: sums.events,
  credits: creditsOf(sums.credits),
  costUsd: plainDecimal(sums.cost_usd),
})
