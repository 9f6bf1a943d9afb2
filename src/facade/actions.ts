/** The code behind holds, budgets and `run`. The client loads it on first use. */
export { budgetRunOf } from './budget-run.ts'
export { holdOf } from './hold.ts'
export { LateSettlements } from './late-settlements.ts'
export { run } from './run.ts'
