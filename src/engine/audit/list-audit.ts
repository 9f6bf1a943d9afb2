import type { z } from 'zod'
import {
  type AuditEvent,
  type AuditFilter,
  type AuditListInput,
  auditFilterSchema,
  auditListSchema,
} from '../../contract/audit.ts'
import { invalid } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, type Page, pageFrom } from '../../contract/page.ts'
import { parse } from '../../contract/parse.ts'
import { PLATFORM_CHAIN } from '../../core/audit.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { auditPage } from '../../storage/tables/audit-events.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { auditEvent } from './audit-event.ts'

const EXPORT_PAGE = 1_000

/** A page of a chain, newest first; what this process has queued for the log is in it. */
export const listAudit = async (
  ctx: Context,
  organizationId: string | null,
  input: AuditListInput = {},
): Promise<Page<AuditEvent>> => {
  const { cursor, limit = DEFAULT_PAGE_SIZE, ...filter } = parse(auditListSchema, input)
  const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : placeOf(cursor)
  const chain = await chainOf(ctx, organizationId)
  await ctx.auditQueue.flush()
  const rows = await readPage(ctx, chain, filter, { before, limit: limit + 1 })
  return pageFrom(rows, limit, auditEvent, ({ sequence }) => String(sequence))
}

/** All of a chain that the filter lets through, newest first, read a page at a time. */
export const exportAudit = async (
  ctx: Context,
  organizationId: string | null,
  input: AuditFilter = {},
): Promise<AsyncIterable<AuditEvent>> => {
  const filter = parse(auditFilterSchema, input)
  const chain = await chainOf(ctx, organizationId)
  await ctx.auditQueue.flush()
  return (async function* () {
    let before = Number.MAX_SAFE_INTEGER
    for (;;) {
      const rows = await readPage(ctx, chain, filter, { before, limit: EXPORT_PAGE })
      for (const row of rows) yield auditEvent(row)
      const last = rows.at(-1)
      if (!last || rows.length < EXPORT_PAGE) return
      before = Number(last.sequence)
    }
  })()
}

const readPage = (
  { db }: Context,
  chain: string,
  filter: z.output<typeof auditFilterSchema>,
  page: { readonly before: number; readonly limit: number },
): ReturnType<typeof auditPage> =>
  chain === PLATFORM_CHAIN
    ? auditPage(db, chain, filter, page)
    : asOrganization(db, chain, (tx) => auditPage(tx, chain, filter, page))

/** The chain of an organization that exists, or (`null`) of the platform. */
export const chainOf = async (ctx: Context, organizationId: string | null): Promise<string> =>
  organizationId === null ? PLATFORM_CHAIN : (await existing(ctx, organizationId)).id

const placeOf = (cursor: string): number => {
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor)
  throw invalid({ field: 'cursor', message: 'must be one that a page gave' })
}
