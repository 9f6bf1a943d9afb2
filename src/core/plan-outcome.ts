import { add, type Decimal } from './amounts.ts'
import type { OveragePrice } from './billing/overage-price.ts'
import { chargedBy, type OverageRate } from './billing/overage-rate.ts'
import { type Rating, rateOverage } from './billing/rating.ts'
import type { LimitBehavior, LimitWindow, TimeWindow } from './catalog-words.ts'
import { isQuota } from './limit-kind.ts'
import { windowEnd, windowStart } from './windows.ts'

/**
 * What a plan would have done with past use: how much its limits would have refused, and the cost.
 * The judgement uses the totals of whole windows, because single calls are not available.
 */

/** A limit of a plan. Amounts are in the meter's smallest unit. */
export interface JudgedLimit {
  readonly meter: string
  readonly window: LimitWindow
  readonly per: string
  readonly max: bigint | null
  readonly behavior: LimitBehavior
  readonly cap: bigint | null
  readonly scale: number
  /** US dollars for use past the maximum; undefined when the plan has no price for it. */
  readonly rate: OverageRate | undefined
}

/** How much of a meter was used in one window. */
export interface WindowLevel {
  readonly meter: string
  readonly window: LimitWindow
  readonly startMs: number
  readonly used: bigint
}

/** A billing period, or the part of it that is past. */
export interface JudgedPeriod {
  readonly startMs: number
  readonly endMs: number
}

export interface LimitOutcome {
  readonly limit: JudgedLimit
  /** False when totals of windows cannot decide: rates, concurrency, limits per user or API key. */
  readonly judged: boolean
  readonly windows: number
  /** The number of windows with more use than the limit allows. */
  readonly refusedWindows: number
  /** The use that the limit would have refused, in the meter's smallest unit. */
  readonly refusedUnits: bigint
  /** The use that was allowed past the maximum, in the meter's smallest unit. */
  readonly overUnits: bigint
  /** The highest total of a window. */
  readonly peak: bigint
  readonly amount: Decimal
}

const NOTHING: Decimal = { units: 0n, scale: 0 }

/**
 * True when a window is billed with this period. A window is billed once, with the period in which
 * it ends, and only when it is complete. Windows of hours, days and periods always lie within one
 * period.
 */
export const isBilledIn = (
  { window, startMs }: { window: LimitWindow; startMs: number },
  { startMs: fromMs, endMs: toMs }: JudgedPeriod,
  anchorMs: number,
): boolean => {
  if (!isQuota(window)) return false
  const overMs = windowEnd(window, startMs, anchorMs)
  return overMs > fromMs && overMs <= toMs
}

/** The start of the first window that is billed with a period. */
export const firstBilledStart = (window: TimeWindow, periodStartMs: number): number =>
  window === 'month' ? windowStart('month', periodStartMs, 0) : periodStartMs

/** Computes what one limit would have done in the given windows. */
export const limitOutcome = (limit: JudgedLimit, levels: readonly WindowLevel[]): LimitOutcome => {
  const judged = isJudged(limit)
  const own = judged
    ? levels.filter(({ meter, window }) => meter === limit.meter && window === limit.window)
    : []
  const ceiling = ceilingOf(limit)
  const refused = own.filter(({ used }) => ceiling !== null && used > ceiling)
  const ratings = limit.behavior === 'overage' ? own.map(({ used }) => rated(limit, used)) : []
  return {
    limit,
    judged,
    windows: own.length,
    refusedWindows: refused.length,
    refusedUnits: refused.reduce((sum, { used }) => sum + used - (ceiling as bigint), 0n),
    overUnits: own.reduce((sum, { used }) => sum + overOf(limit, used), 0n),
    peak: own.reduce((most, { used }) => largerOf(used, most), 0n),
    amount: ratings.reduce((sum, { amount }) => add(sum, amount), NOTHING),
  }
}

export const isJudged = ({ window, per }: Pick<JudgedLimit, 'window' | 'per'>): boolean =>
  isQuota(window) && per === 'organization'

/** The level past which calls are refused; null when none are. */
const ceilingOf = ({ behavior, max, cap }: JudgedLimit): bigint | null => {
  if (behavior === 'soft') return null
  return behavior === 'overage' ? cap : max
}

const overOf = ({ behavior, max, cap }: JudgedLimit, used: bigint): bigint => {
  if (behavior === 'hard' || max === null || used <= max) return 0n
  return (behavior === 'overage' && cap !== null && used > cap ? cap : used) - max
}

const rated = (limit: JudgedLimit, used: bigint): Rating =>
  rateOverage(priceOf(limit, ''), used > 0n ? used : 0n)

/** The overage price of a limit. Without overage or without a rate, use costs nothing. */
export const priceOf = (limit: JudgedLimit, version: string): OveragePrice => {
  const said = { id: `${version}/${limit.meter}/${limit.window}`, meterScale: limit.scale }
  if (limit.behavior !== 'overage') return { ...said, included: undefined, ...chargedBy(undefined) }
  const { max, cap, rate } = limit
  return { ...said, included: max ?? undefined, cap: cap ?? undefined, ...chargedBy(rate) }
}

const largerOf = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** Sums the amounts. */
export const sumOfAmounts = (parts: readonly { readonly amount: Decimal }[]): Decimal =>
  parts.reduce((sum, { amount }) => add(sum, amount), NOTHING)
