import { candidatePaths, type Path } from './candidate-paths.ts'
import { WEEK } from './daily-totals.ts'
import { sum } from './robust-statistics.ts'
import { settledHistory, withoutExcursions } from './settled-history.ts'
import { usualRanges } from './usual-range.ts'

/** The forecast that would have been made on a past day, from the days before it. */
export interface RollingForecast {
  /** The index of the first forecast day within the totals. */
  readonly day: number
  readonly path: Path
}

interface Candidates {
  readonly day: number
  readonly paths: readonly Path[]
}

const FIRST_DAY = 2 * WEEK
const MOST_DAYS = 120
/** The history that the candidates need, plus some days to detect earlier steps and excursions. */
const DAYS_OF_HISTORY = 10 * WEEK
/** Candidates are judged by totals of two weeks, the mean rest of a month. */
const DAYS_JUDGED = 2 * WEEK
const DAYS_REMEMBERED = 8 * WEEK
const HALF_LIFE_DAYS = 2 * WEEK
/** Keeps a candidate with lucky results from taking all the weight. */
const LEAST_ERROR_SHARE = 0.02

/**
 * Makes one forecast for each of the last days and one for today, which covers `days` days. Past
 * forecasts end with the known totals. Each forecast combines the candidates, weighted by the
 * inverse of their recent squared errors (J. Bates and C. Granger, "The Combination of Forecasts",
 * 1969). Recent errors count most, so the candidate that fits the organization today dominates.
 * Costs about ten milliseconds for half a year of history.
 */
export const rollingForecasts = (
  totals: readonly number[],
  days: number,
): readonly RollingForecast[] => {
  const now = totals.length
  const ranges = usualRanges(totals)
  const first = Math.max(Math.min(FIRST_DAY, now), now - MOST_DAYS)
  const made = Array.from({ length: now - first + 1 }, (_, index): Candidates => {
    const day = first + index
    const from = Math.max(0, day - DAYS_OF_HISTORY)
    const history = settledHistory(totals.slice(from, day), ranges.slice(from, day))
    const length = day === now ? days : Math.min(Math.max(days, DAYS_JUDGED), now - day)
    return { day, paths: candidatePaths(history, length) }
  })
  // Excursions are removed first, because no candidate could have predicted them.
  const settled = withoutExcursions(totals, ranges)
  return made.map((candidates, index) => {
    const before = made.slice(Math.max(0, index - DAYS_REMEMBERED), index)
    const weights = weightsOf(candidates, before, settled)
    return { day: candidates.day, path: weighted(candidates.paths, weights) }
  })
}

const weightsOf = (
  { day, paths }: Candidates,
  before: readonly Candidates[],
  settled: readonly number[],
): readonly number[] => {
  const errors = paths.map((_, candidate) =>
    sum(before.map((past) => judged(past, candidate, day, settled))),
  )
  const usual = sum(errors) / errors.length
  if (usual === 0) return errors.map(() => 1 / errors.length)
  const merits = errors.map((error) => 1 / (error / usual + LEAST_ERROR_SHARE))
  const all = sum(merits)
  return merits.map((merit) => merit / all)
}

/**
 * The squared error of one candidate's two-week total, or of its total over the days known since.
 */
const judged = (
  past: Candidates,
  candidate: number,
  now: number,
  settled: readonly number[],
): number => {
  const days = Math.min(DAYS_JUDGED, now - past.day)
  const path = past.paths[candidate] ?? []
  let error = 0
  for (let ahead = 0; ahead < days; ahead += 1) {
    error += (path[ahead] ?? 0) - (settled[past.day + ahead] ?? 0)
  }
  return (0.5 ** ((now - past.day) / HALF_LIFE_DAYS) * error * error) / days
}

const weighted = (paths: readonly Path[], weights: readonly number[]): Path =>
  (paths[0] ?? []).map((_, ahead) =>
    sum(paths.map((path, candidate) => (weights[candidate] ?? 0) * (path[ahead] ?? 0))),
  )
