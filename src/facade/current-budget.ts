import { type Carrier, carrierOf } from './carrier.ts'

/** The budget of the run that is under way. */
export interface CurrentBudget {
  readonly id: string
  readonly organizationId: string
  /** What is called in it is the last that its run does. */
  readonly final?: boolean
}

const carrier = (): Carrier<CurrentBudget> | undefined => carrierOf('tollgate.current-budget')

/**
 * Runs `work` in a budget: whatever it starts, also later, finds it by `currentBudget`.
 *
 * @throws TypeError where the runtime cannot: to run without the budget would be to have none.
 */
export const runInBudget = <T>(budget: CurrentBudget, work: () => T): T => {
  const carried = carrier()
  if (!carried) {
    throw new TypeError('this runtime has no AsyncLocalStorage: name the budget in each call')
  }
  return carried.run(budget, work)
}

/** The budget that is drawn on here; `undefined` outside of one. */
export const currentBudget = (): CurrentBudget | undefined => carrier()?.getStore()
