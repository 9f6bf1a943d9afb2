import { WEEK } from './daily-totals.ts'
import type { UsualRange } from './usual-range.ts'

/** Holidays and storms last one or two days. A longer change may be permanent. */
const LONGEST_EXCURSION_DAYS = 2
/** How many spreads a day may deviate and still count as it is (Gelper et al. use 2 to 3). */
const SPREADS_OF_EXCURSION = 3
/**
 * A step is seven days in a row that deviate by two spreads to the same side. Chance does not do
 * that.
 */
const SPREADS_OF_STEP = 2

type Ranges = readonly (UsualRange | undefined)[]

/** The days that a forecast may learn from: those since the last lasting step, if any. */
export const settledHistory = (totals: readonly number[], ranges: Ranges): readonly number[] =>
  withoutExcursions(totals, ranges).slice(lastStep(straysOf(totals, ranges)))

/**
 * Pulls short excursions back to the edge of the usual range (pre-cleaning as in S. Gelper, R.
 * Fried and C. Croux, "Robust Forecasting with Exponential and Holt-Winters Smoothing", 2010).
 */
export const withoutExcursions = (totals: readonly number[], ranges: Ranges): readonly number[] => {
  const strays = straysOf(totals, ranges)
  return totals.map((total, day) => {
    const range = ranges[day]
    const stray = strays[day] ?? 0
    if (!range || Math.abs(stray) <= SPREADS_OF_EXCURSION) return total
    if (runLength(strays, day) > LONGEST_EXCURSION_DAYS) return total
    return Math.max(0, range.expected + Math.sign(stray) * SPREADS_OF_EXCURSION * range.spread)
  })
}

const straysOf = (totals: readonly number[], ranges: Ranges): readonly number[] =>
  totals.map((total, day) => {
    const range = ranges[day]
    return range ? (total - range.expected) / range.spread : 0
  })

/** The length of the run of days around this one that lie outside on the same side. */
const runLength = (strays: readonly number[], day: number): number => {
  const side = Math.sign(strays[day] ?? 0)
  const isOut = (other: number) => (strays[other] ?? 0) * side > SPREADS_OF_EXCURSION
  let first = day
  let last = day
  while (isOut(first - 1)) first -= 1
  while (isOut(last + 1)) last += 1
  return last - first + 1
}

/**
 * The first day of the latest run of seven or more that deviate to one side; 0 when there is none.
 */
const lastStep = (strays: readonly number[]): number => {
  for (let day = strays.length - WEEK; day > 0; day -= 1) {
    const week = strays.slice(day, day + WEEK)
    if (week.every((stray) => stray > SPREADS_OF_STEP)) return firstOfRun(strays, day, 1)
    if (week.every((stray) => stray < -SPREADS_OF_STEP)) return firstOfRun(strays, day, -1)
  }
  return 0
}

const firstOfRun = (strays: readonly number[], day: number, side: number): number => {
  let first = day
  while ((strays[first - 1] ?? 0) * side > SPREADS_OF_STEP) first -= 1
  return first
}
