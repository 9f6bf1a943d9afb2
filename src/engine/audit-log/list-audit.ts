import type { z } from 'zod'
import type { AuditEvent, auditFilterSchema, auditListSchema } from '../../contract/audit.ts'
import type { Owned } from '../../contract/call.ts'
import { invalid } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, type Page, pageFrom } from '../../contract/page.ts'
import { PLATFORM_CHAIN } from '../../core/audit.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { auditPage } from '../../storage/tables/audit-events.ts'
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
  const rows = await readPage(ctx, chain, filter, { before, limit: limit + 1 })
  return pageFrom(rows, limit, auditEvent, ({ sequence }) => String(sequence))
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
    read: (before: number | undefined = Number.MAX_SAFE_INTEGER, limit) =>
      readPage(ctx, chain, filter, { before, limit }),
    itemOf: auditEvent,
    placeOf: ({ sequence }) => Number(sequence),
    bytesOf: ({ entry }) => bytesOfJson(entry),
  })
}

const readPage = (
  { db }: Context,
  chain: string,
  filter: Filter,
  page: { readonly before: number; readonly limit: number },
): ReturnType<typeof auditPage> =>
  chain === PLATFORM_CHAIN
    ? auditPage(db, chain, filter, page)
    : asOrganization(db, chain, (tx) => auditPage(tx, chain, filter, page))

/** The chain of an existing organization, or (`null`) of the platform. */
export const chainOf = async (ctx: Context, organizationId: string | null): Promise<string> =>
  organizationId === null ? PLATFORM_CHAIN : (await existing(ctx, organizationId)).id

const placeOf = (cursor: string): number => {
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor)
  throw invalid({ field: 'cursor', message: 'must be one that a page gave' })
}
