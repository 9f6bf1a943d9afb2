import { invalid } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, pageFrom } from '../../contract/page.ts'
import { parse } from '../../contract/parse.ts'
import {
  HISTORY_SORTS,
  type HistoryEvent,
  type HistoryExportInput,
  type HistoryFilter,
  type HistoryListInput,
  type HistoryPage,
  type HistorySort,
  historyExportSchema,
  historyListSchema,
  MAX_HISTORY_DAYS,
  MAX_HISTORY_DEPTH,
} from '../../contract/usage-history.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { type EventSums, eventSums } from '../../storage/tables/event-sums.ts'
import {
  type EventFilter,
  type EventOrder,
  type EventPlace,
  eventPage,
  type HistoryRow,
} from '../../storage/tables/usage-history.ts'
import { splitKey } from '../catalog/compiled-catalog.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { creditsOf, plainDecimal } from './figures.ts'
import { cursorOf, placeOf } from './history-cursor.ts'
import { historyEvent } from './history-event.ts'

const DAY_MS = 86_400_000
/** Events may be five minutes ahead, and those are in the history as well. */
const AHEAD_MS = 300_001
const EXPORT_PAGE = 2_000

/** A page of an organization's raw events, and what all that fit come to. */
export const listHistory = async (
  ctx: Context,
  organizationId: string,
  request: HistoryListInput = {},
): Promise<HistoryPage> => {
  const {
    sort = HISTORY_SORTS[0],
    cursor,
    page,
    limit = DEFAULT_PAGE_SIZE,
    ...rest
  } = parse(historyListSchema, request)
  const { summary: wantsSummary = cursor === undefined, ...given } = rest
  const place = { page, cursor, limit }
  refuseTooDeep(place)
  const after = cursor === undefined ? undefined : placeOf(cursor, sort)
  await existing(ctx, organizationId)
  const filter = filterOf(ctx, given)
  const skip = ((page ?? 1) - 1) * limit
  const [rows, sums] = await asOrganization(ctx.db, organizationId, (tx) =>
    Promise.all([
      eventPage(tx, organizationId, filter, orderOf(sort), { after, skip, limit: limit + 1 }),
      wantsSummary ? eventSums(tx, organizationId, filter) : undefined,
    ]),
  )
  const cursorOfRow = (row: HistoryRow) => cursorOf(sort, placeOfRow(row))
  return {
    organizationId,
    range: { from: filter.from.toISOString(), to: filter.to.toISOString() },
    sort,
    page: cursor === undefined ? (page ?? 1) : null,
    limit,
    summary: sums ? summaryOf(sums) : null,
    ...(pageFrom(rows, limit, (row) => historyEvent(ctx, row), cursorOfRow) as {
      items: HistoryEvent[]
      nextCursor: string | null
    }),
  }
}

/** All events that fit, oldest or newest first, a page at a time and no faster than they are taken. */
export const exportHistory = async (
  ctx: Context,
  organizationId: string,
  request: HistoryExportInput = {},
): Promise<AsyncIterable<HistoryEvent>> => {
  const { sort = HISTORY_SORTS[0], ...given } = parse(historyExportSchema, request)
  await existing(ctx, organizationId)
  const filter = filterOf(ctx, given)
  const readFrom = (after: EventPlace | undefined) =>
    asOrganization(ctx.db, organizationId, (tx) =>
      eventPage(tx, organizationId, filter, orderOf(sort), { after, skip: 0, limit: EXPORT_PAGE }),
    )
  return (async function* () {
    let after: EventPlace | undefined
    for (;;) {
      const rows = await readFrom(after)
      for (const row of rows) yield historyEvent(ctx, row)
      const last = rows.at(-1)
      if (!last || rows.length < EXPORT_PAGE) return
      after = placeOfRow(last)
    }
  })()
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

/** What is not given is left open, but for the range: raw events are looked through so far only. */
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
    from: startDate ?? new Date(to.getTime() - spanMs),
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
