import type { SeenBudget } from '../../core/budget.ts'
import type { LimitBehavior, LimitSubject, LimitWindow } from '../../core/catalog-words.ts'
import type { SeenLimit } from '../../core/decision.ts'

/** The limits and budgets that a decision looked at, as they are stored with it. */
export interface Seen {
  readonly warnPercent: number
  readonly limits: readonly SeenLimit[]
  /** The budgets of a call that named one. */
  readonly budgets?: readonly SeenBudget[] | undefined
}

/** JSON of a limit. Amounts are text, since JSON numbers are doubles. */
interface LimitShown {
  readonly meter: string
  readonly window: LimitWindow
  readonly per: LimitSubject
  readonly subject: string
  readonly start: string
  readonly max: string | null
  readonly behavior: LimitBehavior
  readonly burst: string | null
  readonly cap: string | null
  readonly past?: string | null
  readonly leaked?: string | null
  readonly drawn?: string | null
  /** In a batch that was decided together: the level before the batch. */
  readonly level?: string
  /** In a call that was decided in turn: the level before the call. */
  readonly before?: string
  readonly asked?: string
  readonly refused?: boolean
}

/** JSON of one ceiling of a budget. Without a meter, the budget has ended or does not exist. */
interface BudgetShown {
  readonly budget: string
  readonly which: string | null
  readonly state?: 'unknown' | 'closed'
  readonly meter?: string
  readonly max?: string
  readonly before: string
  readonly asked: string
  readonly refused: boolean
}

/** JSON of the limits that were looked at. A whole batch may share it. */
export interface SeenShown {
  readonly warn: number
  readonly limits: readonly LimitShown[]
  /** Never shared: a call that names a budget is decided in turn. */
  readonly budgets?: readonly BudgetShown[]
}

type UnitsOf = (meter: string) => bigint

const none: UnitsOf = () => 0n

/** The parsed form of `SeenShown`. A whole batch may share it. */
export interface SharedSeen {
  readonly warnPercent: number
  readonly limits: readonly SharedLimit[]
  readonly budgets: readonly SeenBudget[] | undefined
}

/**
 * `before` and `asked` belong to one call that was decided in turn. They are undefined in a batch.
 */
type SharedLimit = Omit<SeenLimit, 'before' | 'asked'> & {
  readonly level: bigint
  readonly before: bigint | undefined
  readonly asked: bigint | undefined
}

export const readShown = (shown: SeenShown | null | undefined): SharedSeen => ({
  // A call that touches no limit has nothing to warn of.
  warnPercent: shown?.warn ?? 100,
  limits: (shown?.limits ?? []).map((limit) => ({
    meter: limit.meter,
    window: limit.window,
    per: limit.per,
    subject: limit.subject,
    startMs: Date.parse(limit.start),
    max: unitsOf(limit.max),
    behavior: limit.behavior,
    burst: unitsOf(limit.burst),
    cap: unitsOf(limit.cap),
    past: unitsOf(limit.past),
    leaked: unitsOf(limit.leaked),
    drawn: unitsOf(limit.drawn),
    level: unitsOf(limit.level) ?? 0n,
    before: unitsOf(limit.before),
    asked: unitsOf(limit.asked),
    refused: limit.refused ?? false,
  })),
  budgets: shown?.budgets?.map(budgetOf),
})

const budgetOf = ({ budget, which, state, meter, ...shown }: BudgetShown): SeenBudget => ({
  budget,
  which: which ?? undefined,
  state,
  meter,
  max: unitsOf(shown.max) ?? 0n,
  before: BigInt(shown.before),
  asked: BigInt(shown.asked),
  refused: shown.refused,
})

/**
 * The limits as one call saw them, from the units `ahead` of it in its batch and those it `asked`
 * for.
 *
 * In a batch that was decided together, a call touched the limits that it adds to. A call that was
 * decided in turn stored only those. `untouched` also includes the limits that it adds nothing to.
 */
export const seenOf = (
  shared: SharedSeen,
  ahead: UnitsOf,
  asked: UnitsOf,
  { untouched = false } = {},
): Seen => {
  const limits: SeenLimit[] = []
  for (const limit of shared.limits) {
    const units = limit.asked ?? asked(limit.meter)
    if (limit.before === undefined && units === 0n && !untouched) continue
    limits.push({
      meter: limit.meter,
      window: limit.window,
      per: limit.per,
      subject: limit.subject,
      startMs: limit.startMs,
      max: limit.max,
      behavior: limit.behavior,
      burst: limit.burst,
      cap: limit.cap,
      past: limit.past,
      leaked: limit.leaked,
      drawn: limit.drawn,
      before: limit.before ?? limit.level + ahead(limit.meter),
      asked: units,
      refused: limit.refused,
    })
  }
  const { warnPercent, budgets } = shared
  return budgets ? { warnPercent, limits, budgets } : { warnPercent, limits }
}

/** The same from the stored JSON of one call. */
export const seenBy = (
  shown: SeenShown | null | undefined,
  ahead: UnitsOf = none,
  asked: UnitsOf = none,
): Seen => seenOf(readShown(shown), ahead, asked)

/** The state of the limits after a call, including those that it added nothing to. */
export const standingBy = (
  shown: SeenShown | null | undefined,
  ahead: UnitsOf = none,
  asked: UnitsOf = none,
): Seen => seenOf(readShown(shown), ahead, asked, { untouched: true })

/** Units by meter, from the stored JSON. */
export const unitsFromJson = (json: string | null | undefined): UnitsOf => {
  if (!json) return none
  const units = JSON.parse(json) as Record<string, number | string>
  return (meter) => {
    const amount = units[meter]
    return typeof amount === 'number' ? BigInt(amount) : amount === undefined ? 0n : 1n
  }
}

const unitsOf = (text: string | null | undefined): bigint | undefined =>
  text === null || text === undefined ? undefined : BigInt(text)
