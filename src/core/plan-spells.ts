import {
  type Fraction,
  fraction,
  fractionOf,
  multiplyFractions,
  parsePrice,
  sumFractions,
} from './billing/fraction.ts'
import { paidStretches, type SubscriptionTerm, secondsOf } from './billing/periods.ts'

/** A version of a plan, by name. */
export interface PlanName {
  /** `catalog/plan` */
  readonly plan: string
  readonly version: number
}

/** A change of an organization's plan, as far as it says what was before it. */
export interface PlanChange {
  readonly atMs: number
  readonly oldPlan: string | null
  readonly oldVersion: number | null
}

/** A stretch of time on one version of a plan. */
export interface PlanSpell extends PlanName {
  readonly startMs: number
  readonly endMs: number
}

/**
 * On which plans an organization was in a stretch of time, told back from the one that it is on at
 * its end by the changes in between. They come in the order in which they were made, which counts
 * among those of one instant: a change and its reverse are nothing.
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

/** Of spells the parts that are paid for. */
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
 * What a period's subscription comes to: each plan's price for the seconds in which it was in
 * force, of the seconds of the period. A price by agreement counts as nothing until it is set.
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
