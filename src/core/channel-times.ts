import { localTimeIn } from './zone-days.ts'

/** When people are told of what is not urgent, by the clock on their wall. */
export interface ChannelTimes {
  /** An IANA name, such as `Europe/Berlin`. */
  readonly zone: string
  /** Times of day, `HH:MM`; where it ends before it begins, it ends the next day. */
  readonly quiet: { readonly from: string; readonly until: string } | null
  /** Once a day, at this time of day; null: as it happens. */
  readonly digestAt: string | null
}

type LocalTime = (atMs: number) => number

const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

/**
 * Until when something that is not urgent waits; undefined: it does not. What has waited already
 * does not wait for another digest. A time of day that a night leaves out is the first moment after
 * the gap, and of one that comes twice it is the first: quiet hours end once a night.
 */
export const heldUntil = (
  times: ChannelTimes,
  at: Date,
  { hasWaited = false }: { readonly hasWaited?: boolean } = {},
): Date | undefined => {
  const local = localTimeIn(times.zone)
  if (!local) throw new RangeError(`there is no time zone ${times.zone}`)
  const atMs = at.getTime()
  const digestMs = hasWaited || times.digestAt === null ? atMs : nextMs(local, times.digestAt, atMs)
  const untilMs = quietEndMs(local, times.quiet, digestMs) ?? digestMs
  return untilMs > atMs ? new Date(untilMs) : undefined
}

/** When the quiet hours end in which an instant is; undefined: it is in none. */
const quietEndMs = (
  local: LocalTime,
  quiet: ChannelTimes['quiet'],
  atMs: number,
): number | undefined => {
  if (quiet === null) return undefined
  const [from, until] = [minutesOf(quiet.from), minutesOf(quiet.until)]
  const nights = until > from ? 0 : 1
  const today = dayOf(local, atMs)
  for (const day of [today - 1, today, today + 1]) {
    const startMs = firstMs(local, day, from)
    const endMs = firstMs(local, day + nights, until)
    if (startMs <= atMs && atMs < endMs) return endMs
  }
  return undefined
}

/** The first instant from then on at which it is that time of day. */
const nextMs = (local: LocalTime, time: string, atMs: number): number => {
  const today = dayOf(local, atMs)
  const days = [today - 1, today, today + 1, today + 2]
  return days.map((day) => firstMs(local, day, minutesOf(time))).find((ms) => ms >= atMs) ?? atMs
}

/** The first instant at which it is that time of a day, or later. */
const firstMs = (local: LocalTime, day: number, minutes: number): number => {
  const wallMs = day * DAY_MS + minutes * MINUTE_MS
  const offsetAt = (ms: number): number => local(ms) - ms
  const [before, after] = [offsetAt(wallMs - DAY_MS), offsetAt(wallMs + DAY_MS)]
  const [one, other] = [wallMs - before, wallMs - after].sort((a, b) => a - b) as [number, number]
  const exact = [one, other].find((ms) => local(ms) === wallMs)
  return exact ?? firstAfterGap(local, wallMs, one, other)
}

/** The clock was put forward between these two: found by halving, to the minute. */
const firstAfterGap = (
  local: LocalTime,
  wallMs: number,
  beforeMs: number,
  afterMs: number,
): number => {
  let [before, after] = [beforeMs, afterMs]
  while (after - before > MINUTE_MS) {
    const middle = Math.floor((before + after) / 2 / MINUTE_MS) * MINUTE_MS
    if (local(middle) < wallMs) before = middle
    else after = middle
  }
  return after
}

const dayOf = (local: LocalTime, atMs: number): number => Math.floor(local(atMs) / DAY_MS)

const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}
