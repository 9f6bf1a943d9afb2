import type { Budget } from '../../contract/budgets.ts'
import type { Replayable } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import { type BudgetRow, closeBudget, findBudget } from '../../storage/gate/budgets.ts'
import type { Acting } from '../acting.ts'
import type { Context } from '../context.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'
import { budgetOf } from './budget-value.ts'
import { noBudget } from './read-budgets.ts'

/** Ends a run's budget and all within it. A second call changes nothing. */
export const closeBudgetOf = async (
  ctx: Context,
  { organizationId, budgetId }: { readonly organizationId: string; readonly budgetId: string },
  options: Acting = {},
): Promise<Replayable<Budget>> => {
  await existing(ctx, organizationId)
  return ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId, { alsoClosed: true })
    const found = await findBudget(tx, organizationId, budgetId)
    if (!found) throw noBudget()
    requireOwnBudget(found, options)
    const closed = await closeBudget(tx, organizationId, budgetId, ctx.clock.now())
    const row = (await findBudget(tx, organizationId, budgetId)) as BudgetRow
    return { ...budgetOf(ctx, row), replayed: !closed }
  })
}

/** A caller who may act for one user only cannot end the runs of others. */
const requireOwnBudget = ({ user_id }: BudgetRow, { onlyUser }: Acting): void => {
  if (onlyUser === undefined || user_id === onlyUser) return
  const message = 'is of somebody else: this credential acts for its own user only'
  throw new TollgateError('forbidden', {
    detail: `budgetId: ${message}`,
    faults: [{ field: 'budgetId', message }],
  })
}
