import { localTimeIn } from './zone-days.ts'

const MONTHS = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
]

/** Formats an instant in a time zone: `29 Nov 2026, 11:55`. */
export const shownTime = (at: Date, zone: string): string => {
  const local = new Date(localTimeIn(zone)?.(at.getTime()) ?? at.getTime())
  const day = `${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]} ${local.getUTCFullYear()}`
  return `${day}, ${local.toISOString().slice(11, 16)}`
}

/** Formats a time range in a time zone. A range within one day shows the day once. */
export const shownSpell = (from: Date, to: Date, zone: string): string => {
  const [start, end] = [shownTime(from, zone), shownTime(to, zone)]
  const day = start.slice(0, start.indexOf(','))
  return `${start} to ${end.startsWith(`${day},`) ? end.slice(day.length + 2) : end}`
}

/** Formats a window in UTC. A window of whole days shows only the days. */
export const shownWindow = (from: Date, to: Date | undefined): string => {
  const areDays = [from, to].every((at) => !at || at.getTime() % 86_400_000 === 0)
  const [start, end] = [from, to].map((at) => {
    const text = at && shownTime(at, 'UTC')
    return areDays ? text?.slice(0, text.indexOf(',')) : text
  })
  return end === undefined ? `from ${start} (UTC)` : `${start} to ${end} (UTC)`
}
