/** What acts beside calling an operation: a client loads it when it is first used. */
export { budgetRunOf } from './budget-run.ts'
export { holdOf } from './hold.ts'
export { LateSettlements } from './late-settlements.ts'
export { run } from './run.ts'
