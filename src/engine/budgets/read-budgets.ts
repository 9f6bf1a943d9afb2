import type { z } from 'zod'
import type { Budget, budgetFilterSchema } from '../../contract/budgets.ts'
import type { Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import { DEFAULT_PAGE_SIZE, noCursor, type Page, pageFrom } from '../../contract/page.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { budgetPage, endDueBudgets, findBudget } from '../../storage/gate/budgets.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { budgetOf } from './budget-value.ts'

export const noBudget = (): TollgateError =>
  new TollgateError('not_found', { detail: 'there is no such budget' })

/** One budget, after changes that are due have been applied. */
export const getBudget = async (
  ctx: Context,
  { organizationId, budgetId }: { readonly organizationId: string; readonly budgetId: string },
): Promise<Budget> => {
  await existing(ctx, organizationId)
  await endDueBudgets(ctx.db, organizationId, ctx.clock.now())
  const row = await asOrganization(ctx.db, organizationId, (tx) =>
    findBudget(tx, organizationId, budgetId),
  )
  if (!row) throw noBudget()
  return budgetOf(ctx, row)
}

const CURSOR = /^([^~]+)~(.+)$/

/** The budgets of an organization, the newest first. */
export const listBudgets = async (
  ctx: Context,
  {
    organizationId,
    cursor,
    limit = DEFAULT_PAGE_SIZE,
    state,
    within,
  }: Owned<z.output<typeof budgetFilterSchema>>,
): Promise<Page<Budget>> => {
  const before = cursor === undefined ? undefined : placeAt(cursor)
  await existing(ctx, organizationId)
  await endDueBudgets(ctx.db, organizationId, ctx.clock.now())
  const rows = await asOrganization(ctx.db, organizationId, (tx) =>
    budgetPage(tx, organizationId, { before, state, within, limit: limit + 1 }),
  )
  return pageFrom(
    rows,
    limit,
    (row) => budgetOf(ctx, row),
    ({ opened_at, id }) => `${opened_at.toISOString()}~${id}`,
  )
}

const placeAt = (cursor: string): { readonly at: Date; readonly id: string } => {
  const [, time = '', id = ''] = CURSOR.exec(cursor) ?? []
  const at = new Date(time)
  if (id === '' || Number.isNaN(at.getTime())) throw noCursor()
  return { at, id }
}
