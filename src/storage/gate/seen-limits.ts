import type { SeenBudget } from '../../core/budget.ts'
import type { LimitBehavior, LimitSubject, LimitWindow } from '../../core/catalog-words.ts'
import type { SeenLimit } from '../../core/decision.ts'

/** What a decision looked at, as it is kept. */
export interface Seen {
  readonly warnPercent: number
  readonly limits: readonly SeenLimit[]
  /** Of a call that named one. */
  readonly budgets?: readonly SeenBudget[] | undefined
}

/** JSON of a limit; amounts as text, since JSON numbers are doubles. */
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
  /** Of a batch that was decided together: the level before it. */
  readonly level?: string
  /** Of a call that was decided in turn. */
  readonly before?: string
  readonly asked?: string
  readonly refused?: boolean
}

/** JSON of a ceiling of a budget; without a meter, of one that has ended or that there is not. */
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

/** JSON of what was seen, which a whole batch may share. */
export interface SeenShown {
  readonly warn: number
  readonly limits: readonly LimitShown[]
  /** Never shared: who names a budget is decided in turn. */
  readonly budgets?: readonly BudgetShown[]
}

type UnitsOf = (meter: string) => bigint

const none: UnitsOf = () => 0n

/** What was seen, read; a whole batch may share it. */
export interface SharedSeen {
  readonly warnPercent: number
  readonly limits: readonly SharedLimit[]
  readonly budgets: readonly SeenBudget[] | undefined
}

/** `before` and `asked` are the call's own where it was decided in turn, undefined in a batch. */
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
 * What one call saw of it: `ahead` of it in its batch and `asked` by it, by meter. Of what a batch
 * saw together a call touched what it adds to; one that was decided in turn is shown only that.
 * `untouched` has the limits as well that it adds nothing to.
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

/** The same of what is kept of one call. */
export const seenBy = (
  shown: SeenShown | null | undefined,
  ahead: UnitsOf = none,
  asked: UnitsOf = none,
): Seen => seenOf(readShown(shown), ahead, asked)

/** How limits stood after a call, those that it added nothing to among them. */
export const standingBy = (
  shown: SeenShown | null | undefined,
  ahead: UnitsOf = none,
  asked: UnitsOf = none,
): Seen => seenOf(readShown(shown), ahead, asked, { untouched: true })

/** Units by meter from the JSON in which they are kept. */
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
