import { WEEK } from './daily-totals.ts'
import type { UsualRange } from './usual-range.ts'

/** A holiday or a storm lasts a day or two; what lasts longer may be here to stay. */
const LONGEST_EXCURSION_DAYS = 2
/** How far a day may stray from the usual and be taken as it is (Gelper et al. use 2 to 3). */
const SPREADS_OF_EXCURSION = 3
/** Twice the spread and on the same side on seven days in a row: not by chance, on any weekday. */
const SPREADS_OF_STEP = 2

type Ranges = readonly (UsualRange | undefined)[]

/** The days that a forecast may learn from: those since the last lasting step, if there was one. */
export const settledHistory = (totals: readonly number[], ranges: Ranges): readonly number[] =>
  withoutExcursions(totals, ranges).slice(lastStep(straysOf(totals, ranges)))

/**
 * The totals with short excursions pulled back to the edge of what was usual (pre-cleaning as in
 * S. Gelper, R. Fried and C. Croux, "Robust Forecasting with Exponential and Holt-Winters
 * Smoothing", 2010).
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

/** How many days around this one lie outside on the same side. */
const runLength = (strays: readonly number[], day: number): number => {
  const side = Math.sign(strays[day] ?? 0)
  const isOut = (other: number) => (strays[other] ?? 0) * side > SPREADS_OF_EXCURSION
  let first = day
  let last = day
  while (isOut(first - 1)) first -= 1
  while (isOut(last + 1)) last += 1
  return last - first + 1
}

/** The first of the latest seven days in a row that all lie off on one side; 0 when none do. */
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
