/**
 * The days of a time zone in whole UTC hours, the resolution of roll-ups. An hour belongs to the
 * day in which it begins. That is exact for zones that differ from UTC by whole hours. With an
 * offset of 30 or 45 minutes, a day begins with the first hour that starts in it.
 */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The largest offset from UTC that any zone has ever had. */
const MAX_OFFSET_HOURS = 16

export interface ZoneDay {
  /** The calendar date in the zone: `2026-03-29`. */
  readonly date: string
  readonly fromMs: number
  readonly toMs: number
}

/** The local wall-clock time of an instant, as if it were UTC. */
type LocalTime = (atMs: number) => number

/**
 * Returns the local clock of an IANA zone, such as `Europe/Berlin`; undefined for an unknown zone.
 */
export const localTimeIn = (zone: string): LocalTime | undefined => {
  // Newer engines also accept offsets such as "+01:00", which are not zone names.
  if (!/^[A-Za-z]/.test(zone)) return undefined
  if (zone === 'UTC') return (atMs) => atMs
  const format = formatIn(zone)
  if (!format) return undefined
  return (atMs) => {
    const part: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(atMs)) part[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }
}

const formatIn = (timeZone: string): Intl.DateTimeFormat | undefined => {
  try {
    return new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
}

export const isZone = (zone: string): boolean => localTimeIn(zone) !== undefined

/**
 * The last `count` days of a zone, oldest first, ending with the day that contains `atMs`. A day
 * that the zone skipped, such as 30 December 2011 in Samoa, has no hours.
 */
export const lastZoneDays = (zone: string, atMs: number, count: number): ZoneDay[] => {
  const local = localTimeIn(zone)
  if (!local) throw new RangeError(`there is no time zone ${zone}`)
  const dayOf = (ms: number): number => Math.floor(local(ms) / DAY_MS)
  // Uses the start of the hour, because days consist of whole hours.
  const first = dayOf(Math.floor(atMs / HOUR_MS) * HOUR_MS) - count + 1
  const starts = [firstHourOf(first, dayOf)]
  for (let n = 1; n <= count; n++) {
    const usual = (starts[n - 1] as number) + DAY_MS
    // Nearly every day begins 24 hours after the one before, so one check usually suffices.
    const sinceStart = local(usual) - (first + n) * DAY_MS
    const isFirst = sinceStart >= 0 && sinceStart < HOUR_MS
    starts.push(isFirst ? usual : firstHourOf(first + n, dayOf))
  }
  return Array.from({ length: count }, (_, n) => ({
    date: new Date((first + n) * DAY_MS).toISOString().slice(0, 10),
    fromMs: starts[n] as number,
    toMs: starts[n + 1] as number,
  }))
}

/** Finds the first hour that begins on a day (counted from 1970) or later, by bisection. */
const firstHourOf = (day: number, dayOf: (ms: number) => number): number => {
  let before = day * 24 - MAX_OFFSET_HOURS
  let there = day * 24 + MAX_OFFSET_HOURS
  while (there - before > 1) {
    const middle = Math.floor((before + there) / 2)
    if (dayOf(middle * HOUR_MS) < day) before = middle
    else there = middle
  }
  return there * HOUR_MS
}

/** True when the first hour of each day begins with the day. */
export const areWholeDays = (zone: string, days: readonly ZoneDay[]): boolean => {
  const local = localTimeIn(zone)
  // If the clock jumps forward at midnight, the day's first moment is one o'clock.
  return local !== undefined && days.every(({ fromMs }) => local(fromMs) % HOUR_MS === 0)
}
