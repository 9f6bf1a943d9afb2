/** A ceiling of a budget that a call touched, as the store read it under its lock. */
export interface SeenBudget {
  /** The budget that the call named. */
  readonly budget: string
  /** The budget that the ceiling belongs to: the named one, or one that contains it. */
  readonly which: string | undefined
  /** Why the budget refuses every call, whatever is left in it. */
  readonly state?: 'unknown' | 'closed' | undefined
  readonly meter: string | undefined
  /**
   * In the meter's smallest unit. For calls that are not final, the share reserved for a final call
   * is subtracted.
   */
  readonly max: bigint
  /** Used and held before the call. */
  readonly before: bigint
  readonly asked: bigint
  readonly refused: boolean
}

const REASONS = ['unknown_budget', 'budget_closed', 'budget_exceeded'] as const
export type BudgetRefusal = (typeof REASONS)[number]

/** True when a budget caused the refusal. Then neither waiting nor a larger plan helps. */
export const isOfBudget = (reason: string): reason is BudgetRefusal =>
  (REASONS as readonly string[]).includes(reason)

/** The reason why a budget refuses; undefined when it does not. */
export const budgetRefusal = (seen: readonly SeenBudget[]): BudgetRefusal | undefined => {
  const refusing = seen.filter(({ refused }) => refused)
  if (refusing.length === 0) return undefined
  if (refusing.some(({ state }) => state === 'unknown')) return 'unknown_budget'
  return refusing.some(({ state }) => state === 'closed') ? 'budget_closed' : 'budget_exceeded'
}

/** The state of a budget after a decision. A refused call changes nothing. */
export interface BudgetStanding {
  /** The budget that refuses, or else the one with the largest share used. */
  readonly which: string | undefined
  /** What is left, by meter: the least of the budget and those that contain it. */
  readonly remaining: readonly (readonly [meter: string, units: bigint])[]
  /** Rounded down to hundredths of a percent; undefined when the call touched no ceiling. */
  readonly percentUsed: number | undefined
}

export const budgetStanding = (seen: readonly SeenBudget[], allowed: boolean): BudgetStanding => {
  const remaining = new Map<string, bigint>()
  let which = seen.find(({ refused }) => refused)?.which
  let percentUsed: number | undefined
  for (const one of seen) {
    if (one.meter === undefined) continue
    const used = allowed ? one.before + one.asked : one.before
    const left = used < one.max ? one.max - used : 0n
    const least = remaining.get(one.meter)
    if (least === undefined || left < least) remaining.set(one.meter, left)
    const percent = one.max === 0n ? 100 : Number((used * 10_000n) / one.max) / 100
    if (percentUsed !== undefined && percent <= percentUsed) continue
    percentUsed = percent
    if (allowed) which = one.which
  }
  return { which, remaining: [...remaining], percentUsed }
}

/** The deepest nesting of budgets. */
export const BUDGET_DEPTH_MAX = 5
/** The most budgets that one organization may have open at the same time. */
export const OPEN_BUDGETS_MAX = 10_000
/** The default share of each ceiling that is reserved for a final call. */
export const FINAL_SHARE = 0.05
/** The default time without a call after which an open budget ends. */
export const BUDGET_IDLE_MS = 86_400_000
