import {
  type Fraction,
  fraction,
  fractionOf,
  multiplyFractions,
  parsePrice,
  sumFractions,
} from './billing/fraction.ts'
import { paidStretches, type SubscriptionTerm, secondsOf } from './billing/periods.ts'

/** A version of a plan. */
export interface PlanName {
  /** `catalog/plan` */
  readonly plan: string
  readonly version: number
}

/** A change of an organization's plan, with the plan before it. */
export interface PlanChange {
  readonly atMs: number
  readonly oldPlan: string | null
  readonly oldVersion: number | null
}

/** A time range on one version of a plan. */
export interface PlanSpell extends PlanName {
  readonly startMs: number
  readonly endMs: number
}

/**
 * Lists the plans of an organization over a time range. It starts from the plan at the end and
 * applies the changes backwards. Changes come in the order in which they were made, which matters
 * at equal instants: a change that is reversed at once gives an interval of zero length.
 */
export const planSpells = (
  now: PlanName,
  changes: readonly PlanChange[],
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
): PlanSpell[] => {
  const spells: PlanSpell[] = []
  let { plan, version } = now
  let untilMs = endMs
  for (const change of [...changes].reverse().sort((a, b) => b.atMs - a.atMs)) {
    if (change.atMs <= startMs) break
    if (change.atMs < endMs) {
      spells.unshift({ plan, version, startMs: change.atMs, endMs: untilMs })
      untilMs = change.atMs
    }
    plan = change.oldPlan ?? plan
    version = change.oldVersion ?? version
  }
  spells.unshift({ plan, version, startMs, endMs: untilMs })
  return spells
}

/** Keeps only the parts that are paid for. */
export const paidSpells = (
  spells: readonly PlanSpell[],
  term: SubscriptionTerm | undefined,
): readonly PlanSpell[] =>
  term
    ? spells.flatMap((spell) =>
        paidStretches(term, spell).map((stretch) => ({ ...spell, ...stretch })),
      )
    : spells

/**
 * The price of a period's subscription: each plan's price for its seconds in force, over the
 * seconds of the period. A price by agreement counts as zero until it is set.
 */
export const subscriptionAmount = (
  spells: readonly {
    readonly startMs: number
    readonly endMs: number
    readonly price: string | null
  }[],
  period: { readonly startMs: number; readonly endMs: number },
): Fraction =>
  sumFractions(
    spells.map(({ price, ...spell }) =>
      price === null
        ? fraction(0n, 1n)
        : multiplyFractions(
            fractionOf(parsePrice(price, 'the price of a plan')),
            fraction(secondsOf(spell), secondsOf(period)),
          ),
    ),
  )
