import type { z } from 'zod'
import type { AuditEvent, auditFilterSchema, auditListSchema } from '../../contract/audit.ts'
import type { Owned } from '../../contract/call.ts'
import { invalid } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, type Page, pageFrom } from '../../contract/page.ts'
import { PLATFORM_CHAIN } from '../../core/audit.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type AuditEventRow,
  auditPage,
  readsEntries,
  searchFloor,
} from '../../storage/tables/audit-events.ts'
import { auditEvent } from '../audit/audit-event.ts'
import type { Context } from '../context.ts'
import { bytesOfJson, pagedExport } from '../paged-export.ts'
import { existing } from '../tenancy/organizations.ts'

type Filter = z.output<typeof auditFilterSchema>
type ListRequest = z.output<typeof auditListSchema>

/** A page of an organization's log, newest first. */
export const listAudit = (
  ctx: Context,
  { organizationId, ...request }: Owned<ListRequest>,
): Promise<Page<AuditEvent>> => listChain(ctx, organizationId, request)

/** A page of the platform's own log, newest first. */
export const listPlatformAudit = (ctx: Context, request: ListRequest): Promise<Page<AuditEvent>> =>
  listChain(ctx, null, request)

/** All entries of an organization's log that match the filter, newest first. */
export const exportAudit = (
  ctx: Context,
  { organizationId, ...filter }: Owned<Filter>,
): Promise<AsyncIterable<AuditEvent>> => exportChain(ctx, organizationId, filter)

/** All entries of the platform's own log that match the filter, newest first. */
export const exportPlatformAudit = (
  ctx: Context,
  filter: Filter,
): Promise<AsyncIterable<AuditEvent>> => exportChain(ctx, null, filter)

/** The page includes what this process had queued for the log. */
const listChain = async (
  ctx: Context,
  organizationId: string | null,
  { cursor, limit = DEFAULT_PAGE_SIZE, ...filter }: ListRequest,
): Promise<Page<AuditEvent>> => {
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : placeOf(cursor)
  const chain = await chainOf(ctx, organizationId)
  await ctx.auditQueue.flush()
  return searchedPage(
    await readPage(ctx, chain, filter, { before, limit: limit + 1, most: MOST_READ }),
    limit,
  )
}

/** Goes on at the floor if all that was found down to it fits the page. */
export const searchedPage = ({ rows, floor }: Searched, limit: number): Page<AuditEvent> => {
  const page = pageFrom(rows, limit, auditEvent, ({ sequence }) => String(sequence))
  return page.nextCursor === null && floor !== undefined
    ? { ...page, nextCursor: String(floor) }
    : page
}

/** Read a page at a time, as the caller consumes them. */
const exportChain = async (
  ctx: Context,
  organizationId: string | null,
  filter: Filter,
): Promise<AsyncIterable<AuditEvent>> => {
  const chain = await chainOf(ctx, organizationId)
  await ctx.auditQueue.flush()
  return pagedExport({
    read: async (before: number | undefined = Number.MAX_SAFE_INTEGER, limit) =>
      (await readPage(ctx, chain, filter, { before, limit })).rows,
    itemOf: auditEvent,
    placeOf: ({ sequence }) => Number(sequence),
    bytesOf: ({ entry }) => bytesOfJson(entry),
  })
}

/** The most entries that a page reads to search their text: a fraction of a second. */
const MOST_READ = 50_000

interface Searched {
  readonly rows: readonly AuditEventRow[]
  /** The place of the last entry that was read, if the chain may have more. */
  readonly floor: number | undefined
}

interface PageAsked {
  readonly before: number
  readonly limit: number
  /** The most entries whose text is read. Absent: all. */
  readonly most?: number
}

const readPage = (
  { db }: Context,
  chain: string,
  filter: Filter,
  { before, limit, most }: PageAsked,
): Promise<Searched> => {
  const read = async (tx: Queryable): Promise<Searched> => {
    const floor =
      most !== undefined && readsEntries(filter)
        ? await searchFloor(tx, chain, filter, { before, most })
        : undefined
    return { rows: await auditPage(tx, chain, filter, { before, floor, limit }), floor }
  }
  return chain === PLATFORM_CHAIN ? read(db) : asOrganization(db, chain, read)
}

/** The chain of an existing organization, or (`null`) of the platform. */
export const chainOf = async (ctx: Context, organizationId: string | null): Promise<string> =>
  organizationId === null ? PLATFORM_CHAIN : (await existing(ctx, organizationId)).id

const placeOf = (cursor: string): number => {
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor)
  throw invalid({ field: 'cursor', message: 'must be one that a page gave' })
}
