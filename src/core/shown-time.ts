import { localTimeIn } from './zone-days.ts'

const MONTHS = [
  ...['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
]

/** An instant by the clock of a zone: `29 Nov 2026, 11:55`. */
export const shownTime = (at: Date, zone: string): string => {
  const local = new Date(localTimeIn(zone)?.(at.getTime()) ?? at.getTime())
  const day = `${local.getUTCDate()} ${MONTHS[local.getUTCMonth()]} ${local.getUTCFullYear()}`
  return `${day}, ${local.toISOString().slice(11, 16)}`
}
