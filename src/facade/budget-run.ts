import type { Budget, BudgetRun } from '../contract/budgets.ts'
import type { Replayable } from '../contract/call.ts'
import { runInBudget } from './current-budget.ts'

/** Adds the verb `do` to a budget. */
export const budgetRunOf = (budget: Replayable<Budget>): BudgetRun => {
  const { id, organizationId } = budget
  const run: BudgetRun['do'] = (work, { final = false } = {}) =>
    runInBudget({ id, organizationId, ...(final && { final }) }, work)
  return Object.defineProperty(budget, 'do', { value: run }) as BudgetRun
}
