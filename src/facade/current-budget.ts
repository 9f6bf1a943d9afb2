import { type Carrier, carrierOf } from './carrier.ts'

/** The budget of the run that the current code belongs to. */
export interface CurrentBudget {
  readonly id: string
  readonly organizationId: string
  /** True: calls within it are the last of their run. */
  readonly final?: boolean
}

const KEY = Symbol.for('tollgate.current-budget')
const carrier = (): Carrier<CurrentBudget> | undefined => carrierOf(KEY)

/**
 * Runs `work` in a budget. Everything it starts, even later, finds the budget by `currentBudget`.
 *
 * @throws TypeError in runtimes without `AsyncLocalStorage`, because the work would run without a
 * budget.
 */
export const runInBudget = <T>(budget: CurrentBudget, work: () => T): T => {
  const carried = carrier()
  if (!carried) {
    throw new TypeError('this runtime has no AsyncLocalStorage: name the budget in each call')
  }
  return carried.run(budget, work)
}

/** Returns the budget of the current run; `undefined` outside of one. */
export const currentBudget = (): CurrentBudget | undefined => carrier()?.getStore()
