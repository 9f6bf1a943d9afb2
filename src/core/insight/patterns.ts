import { sum } from './robust-statistics.ts'

/**
 * The peak-to-mean ratio by hour or day, as used for capacity planning. 1 when all are equal;
 * undefined without use.
 */
export const burstiness = (totals: readonly number[]): number | undefined => {
  const all = sum(totals)
  return all > 0 ? (Math.max(...totals) * totals.length) / all : undefined
}

/**
 * The relative change: 0.25 is a quarter more, -1 is none left. Undefined when the previous value
 * was 0.
 */
export const growth = (current: number, previous: number): number | undefined =>
  previous > 0 ? (current - previous) / previous : undefined
