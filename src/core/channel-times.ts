import { localTimeIn } from './zone-days.ts'

/** When a channel sends messages that are not urgent, in the recipients' local time. */
export interface ChannelTimes {
  /** An IANA name, such as `Europe/Berlin`. */
  readonly zone: string
  /** Local times, `HH:MM`. If `until` is before `from`, quiet hours end on the next day. */
  readonly quiet: { readonly from: string; readonly until: string } | null
  /** The local time of the daily digest; null sends messages as events happen. */
  readonly digestAt: string | null
}

type LocalTime = (atMs: number) => number

const MINUTE_MS = 60_000
const DAY_MS = 1_440 * MINUTE_MS

/**
 * Returns until when a message that is not urgent waits; undefined when it does not wait.
 * A message that has waited (`hasWaited`) does not wait for another digest. A local time that the
 * clock skips becomes the first moment after the gap. Of a local time that occurs twice, the first
 * counts, so quiet hours end once a night.
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

/** The end of the quiet hours that contain an instant; undefined outside quiet hours. */
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

/** The first instant, from the given one on, with that local time. */
const nextMs = (local: LocalTime, time: string, atMs: number): number => {
  const today = dayOf(local, atMs)
  const days = [today - 1, today, today + 1, today + 2]
  return days.map((day) => firstMs(local, day, minutesOf(time))).find((ms) => ms >= atMs) ?? atMs
}

/** The first instant of a day with that local time or a later one. */
const firstMs = (local: LocalTime, day: number, minutes: number): number => {
  const wallMs = day * DAY_MS + minutes * MINUTE_MS
  const offsetAt = (ms: number): number => local(ms) - ms
  const [before, after] = [offsetAt(wallMs - DAY_MS), offsetAt(wallMs + DAY_MS)]
  const [one, other] = [wallMs - before, wallMs - after].sort((a, b) => a - b) as [number, number]
  const exact = [one, other].find((ms) => local(ms) === wallMs)
  return exact ?? firstAfterGap(local, wallMs, one, other)
}

/** Finds the moment when the clock jumped forward, by bisection to the minute. */
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
