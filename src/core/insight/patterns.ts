import { DAY_MS, WEEK } from './daily-totals.ts'
import { sum } from './robust-statistics.ts'

const HOUR_MS = 3_600_000
/** 1 January 1970 was a Thursday. */
const WEEKDAY_OF_DAY_0 = 4

/** What one organization used in each of some hours in UTC, without gaps. */
export interface HourlyTotals {
  readonly firstHourMs: number
  readonly totals: readonly number[]
}

/** A slot of the week or the day, in UTC: 0 is Sunday, or midnight. */
export interface BusiestSlot {
  readonly slot: number
  /** The mean of such slots, in the unit of the totals. */
  readonly mean: number
  /** What share of the sum of all slots' means it has, 0 to 1. */
  readonly share: number
}

/** The weekday that has most on average; undefined without use. The earliest of equals. */
export const busiestWeekday = (hours: HourlyTotals): BusiestSlot | undefined =>
  busiestSlot(hours, WEEK, 24, (hourMs) => (Math.floor(hourMs / DAY_MS) + WEEKDAY_OF_DAY_0) % WEEK)

/** The hour of the day that has most on average; undefined without use. The earliest of equals. */
export const busiestHour = (hours: HourlyTotals): BusiestSlot | undefined =>
  busiestSlot(hours, 24, 1, (hourMs) => Math.floor(hourMs / HOUR_MS) % 24)

/** Means, not sums: in ten days some weekdays come twice and others once. */
const busiestSlot = (
  { firstHourMs, totals }: HourlyTotals,
  slots: number,
  hoursOfSlot: number,
  slotOf: (hourMs: number) => number,
): BusiestSlot | undefined => {
  const used = new Array<number>(slots).fill(0)
  const hours = new Array<number>(slots).fill(0)
  totals.forEach((total, index) => {
    const slot = slotOf(firstHourMs + index * HOUR_MS)
    used[slot] = (used[slot] ?? 0) + total
    hours[slot] = (hours[slot] ?? 0) + 1
  })
  const means = used.map((total, slot) => (total * hoursOfSlot) / Math.max(1, hours[slot] ?? 0))
  const mean = Math.max(...means)
  if (!(mean > 0)) return undefined
  return { slot: means.indexOf(mean), mean, share: mean / sum(means) }
}

/** The one of several (users, event types) that used most. */
export interface TopShare {
  readonly key: string
  readonly total: number
  /** Of all, 0 to 1. */
  readonly share: number
}

/** Undefined when none used anything. Of equals the first by key, whatever order they come in. */
export const topShare = (totals: ReadonlyMap<string, number>): TopShare | undefined => {
  const all = sum([...totals.values()])
  const [top] = [...totals].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  if (!top || !(all > 0)) return undefined
  const [key, total] = top
  return { key, total, share: total / all }
}

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
