/** A ceiling of a budget that a call touched, as the store saw it under its lock. */
export interface SeenBudget {
  /** That the call named. */
  readonly budget: string
  /** Whose ceiling it is: the same, or one that it is within. */
  readonly which: string | undefined
  /** Why nothing is let through, whatever is left. */
  readonly state?: 'unknown' | 'closed' | undefined
  readonly meter: string | undefined
  /** In the meter's smallest unit; less what is kept for a final call, where the call is none. */
  readonly max: bigint
  /** Used and held before the call. */
  readonly before: bigint
  readonly asked: bigint
  readonly refused: boolean
}

const REASONS = ['unknown_budget', 'budget_closed', 'budget_exceeded'] as const
export type BudgetRefusal = (typeof REASONS)[number]

/** Whether a refusal is by a budget: then neither a wait nor another plan helps. */
export const isOfBudget = (reason: string): reason is BudgetRefusal =>
  (REASONS as readonly string[]).includes(reason)

/** Why a budget refuses, where it does. */
export const budgetRefusal = (seen: readonly SeenBudget[]): BudgetRefusal | undefined => {
  const refusing = seen.filter(({ refused }) => refused)
  if (refusing.length === 0) return undefined
  if (refusing.some(({ state }) => state === 'unknown')) return 'unknown_budget'
  return refusing.some(({ state }) => state === 'closed') ? 'budget_closed' : 'budget_exceeded'
}

/** How a budget stands once a call has been let through, or refused and so left nothing behind. */
export interface BudgetStanding {
  /** That refuses, or has the largest part used. */
  readonly which: string | undefined
  /** The least of what is left in it and above it, by meter. */
  readonly remaining: readonly (readonly [meter: string, units: bigint])[]
  /** Hundredths of a percent, rounded down; `undefined` where no ceiling was touched. */
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

/** How deep budgets stand within each other. */
export const BUDGET_DEPTH_MAX = 5
/** How many of an organization may be open at the same time. */
export const OPEN_BUDGETS_MAX = 10_000
/** What is kept for a final call, of each ceiling, where nothing else is said. */
export const FINAL_SHARE = 0.05
/** A budget that is forgotten is over after this, where nothing else is said. */
export const BUDGET_IDLE_MS = 86_400_000
