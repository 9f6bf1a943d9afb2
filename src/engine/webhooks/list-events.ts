import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import type { DomainEvent, domainEventFilterSchema } from '../../contract/domain-events.ts'
import { DEFAULT_PAGE_SIZE, noCursor, type Page, pageFrom } from '../../contract/page.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import { domainEventPage, PLATFORM } from '../../storage/tables/domain-events.ts'
import type { Context } from '../context.ts'
import { domainEventOf } from '../events/event-value.ts'
import { existing } from '../tenancy/organizations.ts'

type Filter = z.output<typeof domainEventFilterSchema>

/** Lists the events of an organization, latest first. */
export const listDomainEvents = async (
  ctx: Context,
  { organizationId, ...filter }: Owned<Filter>,
): Promise<Page<DomainEvent>> => {
  await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, (tx) => pageOf(tx, organizationId, filter))
}

/** Lists the events of the platform itself, latest first. */
export const listPlatformEvents = (ctx: Context, filter: Filter): Promise<Page<DomainEvent>> =>
  pageOf(ctx.db, PLATFORM, filter)

const pageOf = async (
  db: Queryable,
  organizationId: string,
  { cursor, kind, limit = DEFAULT_PAGE_SIZE }: Filter,
): Promise<Page<DomainEvent>> => {
  const before = cursor === undefined ? undefined : numberOf(cursor)
  const rows = await domainEventPage(db, organizationId, { before, kind, limit: limit + 1 })
  return pageFrom(rows, limit, domainEventOf, ({ sequence }) => String(sequence))
}

const numberOf = (cursor: string): bigint => {
  if (!/^\d{1,18}$/.test(cursor)) throw noCursor()
  return BigInt(cursor)
}
