import type { z } from 'zod'
import type { AlertFiring, alertFiringFilterSchema } from '../../contract/alerts.ts'
import { DEFAULT_PAGE_SIZE, type Page, pageFrom } from '../../contract/page.ts'
import { isUuid } from '../../contract/text.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import { listFirings } from '../../storage/tables/alert-firings.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { cursorOf, placeOf } from '../webhooks/owned-endpoint.ts'
import { firingOf } from './alert-value.ts'

type Filter = z.output<typeof alertFiringFilterSchema>

/** The firings of an organization, latest first. */
export const listAlertFirings = async (
  ctx: Context,
  { organizationId, ...filter }: Filter & { readonly organizationId: string },
): Promise<Page<AlertFiring>> => {
  await existing(ctx, organizationId)
  return asOrganization(ctx.db, organizationId, (tx) => pageOf(ctx, tx, organizationId, filter))
}

/** The firings of all organizations, or of one. */
export const listPlatformFirings = (
  ctx: Context,
  { organizationId, ...filter }: Filter & { readonly organizationId?: string | undefined },
): Promise<Page<AlertFiring>> => pageOf(ctx, ctx.db, organizationId, filter)

const pageOf = async (
  ctx: Context,
  db: Queryable,
  organizationId: string | undefined,
  { cursor, limit = DEFAULT_PAGE_SIZE, alertId, rule, ...filter }: Filter,
): Promise<Page<AlertFiring>> => {
  const before = placeOf(cursor)
  if (alertId !== undefined && !isUuid(alertId)) return { items: [], nextCursor: null }
  const rows = await listFirings(db, {
    severity: filter.severity,
    state: filter.state,
    from: filter.from,
    to: filter.to,
    organizationId,
    ruleId: alertId,
    kind: rule,
    before,
    limit: limit + 1,
    at: ctx.clock.now(),
  })
  return pageFrom(rows, limit, firingOf, ({ decided_at: created_at, id }) =>
    cursorOf({ created_at, id }),
  )
}
