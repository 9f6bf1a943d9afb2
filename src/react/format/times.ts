/** Formats times. The caller states the time zone on screen. */

export interface TimeStyle {
  /** An IANA name, or `UTC`. */
  readonly timeZone: string
  readonly locale?: string
  /**
   * The formatters in use, shared by all texts of this style. Without it each text makes its own,
   * which costs 50 times as much as its use.
   */
  readonly formatters?: Map<Intl.DateTimeFormatOptions, Intl.DateTimeFormat>
}

/** The style for many texts of one zone. */
export const timeStyle = (timeZone: string): TimeStyle => ({ timeZone, formatters: new Map() })

export const UTC: TimeStyle = /* @__PURE__ */ timeStyle('UTC')

const LOCALE = 'en-GB'

const DATE = { day: 'numeric', month: 'short', year: 'numeric' } as const
const DAY = { day: 'numeric', month: 'short' } as const
const WEEKDAY = { weekday: 'short', ...DATE } as const
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
const INSTANT = { ...DATE, ...CLOCK, second: '2-digit' } as const

const formatterOf = (
  { timeZone, locale = LOCALE, formatters }: TimeStyle,
  options: Intl.DateTimeFormatOptions,
): Intl.DateTimeFormat => {
  const known = formatters?.get(options)
  if (known) return known
  const formatter = new Intl.DateTimeFormat(locale, { timeZone, ...options })
  formatters?.set(options, formatter)
  return formatter
}

const format = (
  at: string | number | Date,
  style: TimeStyle,
  options: Intl.DateTimeFormatOptions,
): string =>
  formatterOf(style, options)
    .format(new Date(at))
    // "Sept" is the only month abbreviation with four letters.
    .replace('Sept', 'Sep')

/** `5 Nov 2026` */
export const dateText = (at: string | number | Date, style: TimeStyle): string =>
  format(at, style, DATE)

/** `5 Nov`, for use beside a text with the year. */
export const dayText = (at: string | number | Date, style: TimeStyle): string =>
  format(at, style, DAY)

/** `Thu 5 Nov 2026` */
export const weekdayText = (at: string | number | Date, style: TimeStyle): string =>
  format(at, style, WEEKDAY).replace(',', '')

/** `14:02` */
export const clockText = (at: string | number | Date, style: TimeStyle): string =>
  format(at, style, CLOCK)

/** `5 Nov 2026, 14:02:09` */
export const instantText = (at: string | number | Date, style: TimeStyle): string =>
  format(at, style, INSTANT)

/** The days of a half-open range: `5 Nov to 4 Dec 2026`. */
export const spanText = (
  span: { readonly start: string; readonly end: string },
  style: TimeStyle,
): string => {
  const last = new Date(new Date(span.end).getTime() - 1)
  const from = dateText(span.start, style)
  const to = dateText(last, style)
  if (from === to) return to
  const isOneYear = from.slice(-4) === to.slice(-4)
  return `${isOneYear ? dayText(span.start, style) : from} to ${to}`
}

/** The display name of a time zone: `UTC`, or `Berlin`. */
export const zoneText = (timeZone: string): string =>
  (timeZone.split('/').at(-1) ?? timeZone).replace(/_/g, ' ')

const UNITS = [
  { ms: 86_400_000, name: 'd', next: 'h', nextMs: 3_600_000 },
  { ms: 3_600_000, name: 'h', next: 'min', nextMs: 60_000 },
  { ms: 60_000, name: 'min', next: '', nextMs: 0 },
  { ms: 1_000, name: 's', next: '', nextMs: 0 },
] as const

/** A duration in its two largest units: `3 h 12 min`. */
export const stretchText = (ms: number): string => {
  const unit = UNITS.find((one) => ms >= one.ms)
  if (!unit) return 'under 1 s'
  const whole = Math.floor(ms / unit.ms)
  const rest = unit.nextMs === 0 ? 0 : Math.floor((ms - whole * unit.ms) / unit.nextMs)
  return rest === 0 ? `${whole} ${unit.name}` : `${whole} ${unit.name} ${rest} ${unit.next}`
}

/** Relative to `nowMs`: `4 min ago`, `in 3 h 12 min`. */
export const relativeText = (at: string, nowMs: number): string => {
  const ms = new Date(at).getTime() - nowMs
  if (Math.abs(ms) < 5_000) return 'now'
  return ms < 0 ? `${stretchText(-ms)} ago` : `in ${stretchText(ms)}`
}

/** The duration of a call: `83 ms`, `8.9 s`, `1 min 41 s`. */
export const durationText = (ms: number | null): string => {
  if (ms === null) return '—'
  if (ms < 1_000) return `${Math.round(ms)}\u00a0ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)}\u00a0s`
  const minutes = Math.floor(ms / 60_000)
  return `${minutes}\u00a0min ${Math.floor((ms - minutes * 60_000) / 1_000)}\u00a0s`
}
