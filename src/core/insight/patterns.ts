import { sum } from './robust-statistics.ts'

/**
 * How uneven use is: the busiest hour (or day) over the mean one, 1 when all are equal; the
 * peak-to-mean ratio by which capacity is planned. Undefined without use.
 */
export const burstiness = (totals: readonly number[]): number | undefined => {
  const all = sum(totals)
  return all > 0 ? (Math.max(...totals) * totals.length) / all : undefined
}

/** 0.25 for a quarter more than before, -1 for nothing any more; undefined from nothing. */
export const growth = (current: number, previous: number): number | undefined =>
  previous > 0 ? (current - previous) / previous : undefined
