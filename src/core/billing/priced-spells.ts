import type { LimitWindow } from '../catalog-words.ts'
import type { OveragePrice } from './overage-price.ts'
import { secondsOf } from './periods.ts'
import type { PaidPart, RatedUse } from './rating.ts'

/**
 * By which prices one limit is charged over time. A window is rated by those in force in it, and by
 * no others: the same whether it is rated when its period is closed, or when use comes late.
 */

/** A stretch of time and the price by which one limit is charged in it. */
export interface PricedSpell {
  readonly startMs: number
  readonly endMs: number
  readonly price: OveragePrice
  /** Of a time that is not paid for: nothing is charged, whatever the plan says. */
  readonly isFree: boolean
  /** Of a plan that does not charge by this limit: use in it is none of this limit's. */
  readonly isOther: boolean
}

interface Window {
  readonly startMs: number
  readonly endMs: number
}

/** The parts of a window, in the order of time. */
export const partsOfWindow = <Spell extends Window>(
  spells: readonly Spell[],
  { startMs, endMs }: Window,
): Spell[] =>
  spells
    .filter((spell) => spell.startMs < endMs && spell.endMs > startMs)
    .map((spell) => ({
      ...spell,
      startMs: Math.max(spell.startMs, startMs),
      endMs: Math.min(spell.endMs, endMs),
    }))

/** Whether a window is one of the limit's: the plan had it in some part of it. */
export const isOfLimit = (parts: readonly PricedSpell[]): boolean =>
  parts.some(({ isOther }) => !isOther)

/**
 * For how much of a window, and by which price, a minimum is due: for the time in it that is paid
 * for. An hour or a day in which nothing was used has none.
 */
export const paidPart = (
  parts: readonly PricedSpell[],
  { window, level, ...stretch }: Window & { readonly window: LimitWindow; readonly level: bigint },
): PaidPart => {
  const paid = parts.filter(({ isFree }) => !isFree)
  const last = paid.at(-1)
  const isUnused = level === 0n && window !== 'month' && window !== 'period'
  return {
    price: isUnused || last?.isOther ? undefined : last?.price,
    seconds: paid.reduce((sum, part) => sum + secondsOf(part), 0n),
    ofSeconds: secondsOf(stretch),
  }
}

/**
 * What was used under each price: `before` is the use of each part but the last, which has what they
 * leave of the level. A state meter has one part, its last.
 */
export const usesOfParts = (
  parts: readonly PricedSpell[],
  level: bigint,
  before: readonly bigint[],
): RatedUse[] => {
  const rest = before.reduce((left, part) => left - part, level)
  return parts.map(({ price }, index) => {
    const units = before[index] ?? rest
    return { price, usedUnits: units > 0n ? units : 0n }
  })
}
