import type { z } from 'zod'
import type { Owned } from '../../contract/call.ts'
import type { CreditBalance, CreditMovement, Grant } from '../../contract/grants.ts'
import {
  DEFAULT_PAGE_SIZE,
  noCursor,
  type Page,
  pageFrom,
  type pageRequestSchema,
} from '../../contract/page.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import {
  type CreditTransactionRow,
  creditTransactions,
} from '../../storage/tables/credit-journal.ts'
import {
  type CreditStandingRow,
  creditStanding,
  grantPage,
  lockAndCatchUp,
  runningSeries,
  usableGrants,
} from '../../storage/tables/grants.ts'
import { findTopUp } from '../../storage/tables/top-ups.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { credits, grantOf, seriesOf } from './grant-value.ts'
import { topUpOf } from './set-top-up.ts'

const MOST_SHOWN = 100
const GRANT_CURSOR = /^(.+)_([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

type OwnedPageRequest = Owned<z.output<typeof pageRequestSchema>>

/** Every grant, the newest first. */
export const listGrants = async (
  ctx: Context,
  { organizationId, cursor, limit = DEFAULT_PAGE_SIZE }: OwnedPageRequest,
): Promise<Page<Grant>> => {
  const before = cursor === undefined ? undefined : grantAt(cursor)
  await upToDate(ctx, organizationId)
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    grantPage(tx, organizationId, { before, limit: limit + 1 }),
  )
  const at = ctx.clock.now()
  return pageFrom(
    rows,
    limit,
    (row) => grantOf(row, at),
    ({ created_at, id }) => `${created_at.toISOString()}_${id}`,
  )
}

/** What an organization can use now, and its parts. */
export const creditBalance = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<CreditBalance> => {
  const at = await upToDate(ctx, organizationId)
  const [standing, grants, series, topUp] = await asOrganization(ctx.db, organizationId, (tx) =>
    Promise.all([
      creditStanding(tx, organizationId, at),
      usableGrants(tx, organizationId, at, MOST_SHOWN),
      runningSeries(tx, organizationId, MOST_SHOWN),
      findTopUp(tx, organizationId),
    ]),
  )
  const granted = standing?.granted ?? 0n
  const available = standing?.available ?? null
  return {
    organizationId,
    at: at.toISOString(),
    available: available === null ? null : credits(available),
    debt: credits(standing?.debt ?? 0n),
    allowance: standing ? allowanceOf(standing) : null,
    granted: credits(granted),
    grants: grants.map((row) => grantOf(row, at)),
    recurring: series.map(seriesOf),
    topUp: topUp ? topUpOf(topUp) : null,
  }
}

/** Every movement of credits, the latest first. */
export const creditMovements = async (
  ctx: Context,
  { organizationId, cursor, limit = DEFAULT_PAGE_SIZE }: OwnedPageRequest,
): Promise<Page<CreditMovement>> => {
  const before = cursor === undefined ? undefined : transactionBefore(cursor)
  await upToDate(ctx, organizationId)
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    creditTransactions(tx, organizationId, { before, limit: limit + 1 }),
  )
  return pageFrom(rows, limit, movementOf, ({ number }) => String(number))
}

/** Applies what is due by now, so that later reads agree with the gate. Returns the instant. */
const upToDate = async (ctx: Context, organizationId: string): Promise<Date> => {
  await existing(ctx, organizationId)
  const at = ctx.clock.now()
  await lockAndCatchUp(ctx.db, organizationId, at)
  return at
}

const atLeastNone = (units: bigint): bigint => (units > 0n ? units : 0n)

const allowanceOf = (row: CreditStandingRow): CreditBalance['allowance'] => {
  const { window_name: window, window_start: start, window_end: end, max } = row
  if (!window || !start || !end) return null
  const { from_plan: paid, overage } = row
  return {
    window,
    start: start.toISOString(),
    end: end.toISOString(),
    credits: max === null ? null : credits(max),
    used: credits(max !== null && paid > max ? max : paid),
    remaining: max === null ? null : credits(atLeastNone(max - paid - overage)),
    overage: row.behavior === 'overage' ? credits(overage) : 0,
  }
}

const movementOf = (row: CreditTransactionRow): CreditMovement => ({
  id: String(row.number),
  at: row.occurred_at.toISOString(),
  kind: row.kind,
  window: row.window_name,
  windowStart: row.window_start?.toISOString() ?? null,
  entries: row.entries.map(({ account, grant_id: grantId, units }) => ({
    account,
    grantId,
    credits: credits(BigInt(units)),
  })),
})

const grantAt = (cursor: string): { at: Date; id: string } => {
  const [, instant = '', id = ''] = GRANT_CURSOR.exec(cursor) ?? []
  const at = new Date(instant)
  if (Number.isNaN(at.getTime())) throw noCursor()
  return { at, id }
}

const transactionBefore = (cursor: string): bigint => {
  if (!/^\d{1,18}$/.test(cursor)) throw noCursor()
  return BigInt(cursor)
}
