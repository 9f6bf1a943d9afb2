import { DAY_MS, type DailyTotals, fromFirstUse, WEEK } from './daily-totals.ts'
import { median } from './robust-statistics.ts'
import { DAYS_FOR_USUAL, type UsualRange, usualRanges } from './usual-range.ts'

/** A day whose use differs far from what the organization's own history predicts. */
export interface Anomaly {
  /** The midnight in UTC at which the day began. */
  readonly dayMs: number
  readonly direction: 'high' | 'low'
  readonly total: number
  readonly expected: number
  /** The distance from the expected total in spreads; negative when low. */
  readonly strays: number
}

/**
 * One normal day in two thousand exceeds it (Iglewicz and Hoaglin's limit for the modified
 * z-score).
 */
const SPREADS_OF_ANOMALY = 3.5

/**
 * Finds the anomalous days. Each day is judged only by the days before it (see `usualRanges`), so
 * its verdict never changes later. The first three weeks of use have no anomalies.
 */
export const findAnomalies = ({ firstDayMs, totals }: DailyTotals): readonly Anomaly[] => {
  const used = fromFirstUse(totals)
  const firstUseMs = firstDayMs + (totals.length - used.length) * DAY_MS
  return usualRanges(used).flatMap((usual, day) => {
    const total = used[day] ?? 0
    const range = usual ?? rangeOfUsedDays(used, day)
    if (!range) return []
    const strays = (total - range.expected) / range.spread
    // When most days are 0, another 0 is not an anomaly.
    if (Math.abs(strays) <= SPREADS_OF_ANOMALY || (!usual && strays < 0)) return []
    const direction = strays > 0 ? 'high' : 'low'
    return [
      { dayMs: firstUseMs + day * DAY_MS, direction, total, expected: range.expected, strays },
    ]
  })
}

const DAYS_OF_USE = 8 * WEEK
const LEAST_DAYS_OF_USE = 5
const LEAST_SPREAD_SHARE = 0.25
const NORMAL_PER_MAD = 1.4826

/** When most days are 0, a day with use is compared with earlier days of use. */
const rangeOfUsedDays = (totals: readonly number[], day: number): UsualRange | undefined => {
  if (day < DAYS_FOR_USUAL) return undefined
  const used = totals.slice(Math.max(0, day - DAYS_OF_USE), day).filter((total) => total > 0)
  if (used.length < LEAST_DAYS_OF_USE) return undefined
  const expected = median(used)
  const deviation = median(used.map((total) => Math.abs(total - expected)))
  const spread = Math.max(NORMAL_PER_MAD * deviation, LEAST_SPREAD_SHARE * expected)
  return { expected, spread }
}
