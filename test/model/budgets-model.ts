/**
 * The rules of budgets a second time, as simply as possible: lists and sums, nothing cached. Only
 * here may a rule be repeated. Amounts are tokens.
 */

export interface ModelBudget {
  readonly id: string
  readonly within: ModelBudget | undefined
  readonly ceiling: number
  readonly allotted: boolean
  readonly share: number
  readonly idleMs: number
  readonly endsAtMs: number
  lastUsedAtMs: number
  endedBy: 'closed' | 'idle' | 'time' | 'within' | undefined
}

export interface ModelHold {
  readonly budget: ModelBudget
  /** An extension asks for the same meters as the hold. */
  readonly final: boolean
  units: number
  expiresAtMs: number
  state: 'held' | 'settled' | 'released' | 'expired'
}

export type Verdict = 'allowed' | 'budget_exceeded' | 'budget_closed'

export interface ModelTerms {
  readonly within: ModelBudget | undefined
  readonly ceiling: number
  readonly allotted: boolean
  readonly share: number
  readonly idleMs: number
  readonly endsAtMs: number
}

export class BudgetsModel {
  readonly budgets: ModelBudget[] = []
  readonly holds: ModelHold[] = []
  readonly #uses: { budget: ModelBudget; units: number }[] = []
  nowMs: number

  constructor(nowMs: number) {
    this.nowMs = nowMs
  }

  /** The hold or budget that time has ended by now: holds first, then budgets, innermost first. */
  catchUp(): void {
    for (const hold of this.holds) {
      if (hold.state === 'held' && hold.expiresAtMs <= this.nowMs) hold.state = 'expired'
    }
    const dueAtMs = (one: ModelBudget) => Math.min(one.endsAtMs, one.lastUsedAtMs + one.idleMs)
    const due = this.budgets
      .filter((one) => one.endedBy === undefined && dueAtMs(one) <= this.nowMs)
      .filter((one) => one.endsAtMs <= this.nowMs || !this.#isAtWork(one))
      .sort((a, b) => depthOf(b) - depthOf(a) || dueAtMs(a) - dueAtMs(b))
    for (const one of due) this.close(one, one.endsAtMs <= dueAtMs(one) ? 'time' : 'idle')
  }

  used(budget: ModelBudget): number {
    const own = this.#uses.filter((use) => use.budget === budget)
    const inside = this.#inside(budget).map((one) => (isApart(one) ? 0 : this.used(one)))
    return sum(own.map(({ units }) => units)) + sum(inside)
  }

  held(budget: ModelBudget): number {
    const own = this.holds.filter((hold) => hold.budget === budget && hold.state === 'held')
    const inside = this.#inside(budget).map((one) => (isApart(one) ? one.ceiling : this.held(one)))
    return sum(own.map(({ units }) => units)) + sum(inside)
  }

  verdict(budget: ModelBudget, units: number, final: boolean): Verdict {
    if (pathOf(budget).some(({ endedBy }) => endedBy !== undefined)) return 'budget_closed'
    return this.#fits(budget, units, final) ? 'allowed' : 'budget_exceeded'
  }

  /** The result if these calls are allowed; then they are undone. */
  supposing<Outcome>(work: () => Outcome): Outcome {
    const [uses, holds] = [this.#uses.length, this.holds.length]
    const touched = this.budgets.map(({ lastUsedAtMs }) => lastUsedAtMs)
    const outcome = work()
    this.#uses.length = uses
    this.holds.length = holds
    for (const [place, at] of touched.entries())
      (this.budgets[place] as ModelBudget).lastUsedAtMs = at
    return outcome
  }

  /** `undefined` if the allotment does not fit. */
  open(id: string, terms: ModelTerms): ModelBudget | undefined {
    const { within } = terms
    if (within?.endedBy !== undefined) return undefined
    if (terms.allotted && within && !this.#fits(within, terms.ceiling, false)) return undefined
    const budget = { id, ...terms, lastUsedAtMs: this.nowMs, endedBy: undefined }
    this.budgets.push(budget)
    if (within) this.#touch(within)
    return budget
  }

  close(budget: ModelBudget, by: 'closed' | 'idle' | 'time'): void {
    if (budget.endedBy !== undefined) return
    const inside = (one: ModelBudget): ModelBudget[] =>
      this.#inside(one).flatMap((inner) => [inner, ...inside(inner)])
    for (const inner of inside(budget)) inner.endedBy ??= 'within'
    budget.endedBy = by
  }

  use(budget: ModelBudget, units: number): void {
    this.#uses.push({ budget, units })
    this.#touch(budget)
  }

  hold(budget: ModelBudget, units: number, final: boolean, expiresAtMs: number): ModelHold {
    const hold: ModelHold = { budget, units, final, expiresAtMs, state: 'held' }
    this.holds.push(hold)
    this.#touch(budget)
    return hold
  }

  extend(hold: ModelHold, units: number, expiresAtMs: number): void {
    hold.units += units
    hold.expiresAtMs = Math.max(hold.expiresAtMs, expiresAtMs)
    this.#touch(hold.budget)
  }

  end(hold: ModelHold, state: 'settled' | 'released', units: number): void {
    hold.state = state
    if (state === 'settled') this.use(hold.budget, units)
    else this.#touch(hold.budget)
  }

  #fits(budget: ModelBudget, units: number, final: boolean): boolean {
    for (let one: ModelBudget | undefined = budget; one; one = one.within) {
      const kept = final && one === budget ? 0 : Math.floor(one.ceiling * one.share)
      const after = this.used(one) + this.held(one) + units
      if (units > 0 && after > one.ceiling - kept) return false
      // The outer budgets already hold all its amounts.
      if (isApart(one)) return true
    }
    return true
  }

  #inside(budget: ModelBudget): ModelBudget[] {
    return this.budgets.filter(({ within }) => within === budget)
  }

  #isAtWork(budget: ModelBudget): boolean {
    return this.holds.some((hold) => hold.state === 'held' && pathOf(hold.budget).includes(budget))
  }

  #touch(budget: ModelBudget): void {
    for (const one of pathOf(budget)) one.lastUsedAtMs = Math.max(one.lastUsedAtMs, this.nowMs)
  }
}

const isApart = ({ allotted, endedBy }: ModelBudget): boolean => allotted && endedBy === undefined

const pathOf = (budget: ModelBudget): ModelBudget[] =>
  budget.within ? [budget, ...pathOf(budget.within)] : [budget]

export const depthOf = (budget: ModelBudget): number => pathOf(budget).length

const sum = (amounts: readonly number[]): number => amounts.reduce((a, b) => a + b, 0)
