import type { LimitWindow } from '../catalog-words.ts'
import type { OveragePrice } from './overage-price.ts'
import { secondsOf } from './periods.ts'
import type { PaidPart, RatedUse } from './rating.ts'

/**
 * The prices of one limit over time. A window is rated only by the prices in force within it. So it
 * costs the same whether it is rated at the close of its period or after late use.
 */

/** A time range and the price of one limit in it. */
export interface PricedSpell {
  readonly startMs: number
  readonly endMs: number
  readonly price: OveragePrice
  /** True when this time is not paid for. Nothing is charged, whatever the plan says. */
  readonly isFree: boolean
  /**
   * True when the plan has no charge for this limit. Use in this range does not belong to the
   * limit.
   */
  readonly isOther: boolean
}

interface Window {
  readonly startMs: number
  readonly endMs: number
}

/** The intervals that overlap a window, cut to it, in time order. */
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

/** True when the plan had this limit in some part of the window. */
export const isOfLimit = (parts: readonly PricedSpell[]): boolean =>
  parts.some(({ isOther }) => !isOther)

/**
 * The paid part of a window, and the price whose minimum applies to it. An hour or day without use
 * has no minimum.
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
 * Splits the use of a window by price. `before` has the use of each part but the last, which gets
 * the rest of the level. A state meter has one part, its last.
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
