const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i

/**
 * Parses a time from a data file: `2023-11-16 18:17:03.9799600`, with or without `T` and a zone
 * (default UTC), or seconds or milliseconds since 1970. Truncates to the millisecond. Returns
 * undefined for other text and for dates or times that do not exist.
 */
export const parseCsvInstant = (text: string): Date | undefined => {
  const epoch = EPOCH.exec(text.trim())
  if (epoch) return ofEpoch(epoch)
  const match = INSTANT.exec(text.trim())
  if (!match) return undefined
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match
  const parts = [year, month, day, hour, minute, second].map(Number)
  const [y = 0, m = 0, d = 0, h = 0, min = 0, s = 0] = parts
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3))
  const local = new Date(Date.UTC(y, m - 1, d, h, min, s, milliseconds))
  const isReal =
    local.getUTCMonth() === m - 1 && local.getUTCDate() === d && h < 24 && min < 60 && s < 60
  const offsetMinutes = offsetOf(zone)
  if (!isReal || offsetMinutes === undefined) return undefined
  return new Date(local.getTime() - offsetMinutes * 60_000)
}

/** Ten digits are seconds since 1970, thirteen are milliseconds. Finer fractions are truncated. */
const EPOCH = /^(\d{10})(?:(\d{3})|\.(\d{1,9}))?$/

const ofEpoch = ([, seconds, milliseconds, fraction = '']: RegExpExecArray): Date =>
  new Date(Number(seconds) * 1_000 + Number(milliseconds ?? fraction.padEnd(3, '0').slice(0, 3)))

/** Minutes ahead of UTC; undefined for an impossible offset. */
const offsetOf = (zone: string | undefined): number | undefined => {
  if (zone === undefined || /^(?:Z|UTC)$/i.test(zone)) return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || '0')
  if (hours > 14 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
