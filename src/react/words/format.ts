/**
 * Formats figures and times for a locale. Money is decimal text from Tollgate and is formatted as
 * it is: nothing here computes with it.
 */
export interface Format {
  /** All digits of an amount; bytes in decimal storage units. */
  readonly amount: (value: number | null | undefined, meter?: string) => string
  /** Three significant digits, for axes; show the exact amount beside it. */
  readonly compact: (value: number, meter?: string) => string
  /** To the smallest unit of the currency. A smaller positive amount is `<$0.01`, never zero. */
  readonly money: (amount: string | null | undefined, currency?: string) => string
  /** With all its decimals. */
  readonly exactMoney: (amount: string | null | undefined, currency?: string) => string
  /** A monthly price; whole amounts without cents. */
  readonly price: (amount: string) => string
  /** Truncated, never rounded up: 100 % means that the limit is reached. */
  readonly percent: (value: number | null | undefined) => string
  readonly date: (at: string, timeZone: string) => string
  readonly day: (at: string, timeZone: string) => string
  readonly weekday: (at: string, timeZone: string) => string
  readonly clock: (at: string, timeZone: string) => string
  readonly instant: (at: string, timeZone: string) => string
  /** The days of a half-open range. */
  readonly span: (start: string, end: string, timeZone: string) => string
  /** The two largest units of a duration: `3 h 12 min`. */
  readonly stretch: (ms: number) => string
}

/** An unknown value. Zero is `0`. */
const UNKNOWN = '—'

const MOST_DECIMALS = 6
const BYTES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const
const DECIMAL = /^-?\d+(\.\d+)?$/
const isNothing = (text: string): boolean => !/[1-9]/.test(text)

export const formatOf = (locale: string): Format => {
  const numbers = new Map<string, Intl.NumberFormat>()
  const number = (options: Intl.NumberFormatOptions): Intl.NumberFormat => {
    const key = JSON.stringify(options)
    const made = numbers.get(key) ?? new Intl.NumberFormat(locale, options)
    numbers.set(key, made)
    return made
  }
  const times = new Map<string, Intl.DateTimeFormat>()
  const time = (timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
    const key = timeZone + JSON.stringify(options)
    const made = times.get(key) ?? new Intl.DateTimeFormat(locale, { timeZone, ...options })
    times.set(key, made)
    return made
  }
  const decimals = (most: number) => number({ maximumFractionDigits: most })

  const bytes = (value: number): string => {
    const step = value < 1 ? 0 : Math.min(5, Math.floor(Math.log10(value) / 3 + 1e-9))
    const scaled = value / 1_000 ** step
    const maximumFractionDigits = scaled >= 100 || step === 0 ? 0 : 1
    const unit = BYTES[step] as string
    // In short form, some locales keep bytes singular: `0 byte`, `13 byte`.
    const unitDisplay = step === 0 ? 'long' : 'short'
    return number({ style: 'unit', unit, unitDisplay, maximumFractionDigits }).format(scaled)
  }
  const amount: Format['amount'] = (value, meter) => {
    if (value === null || value === undefined) return UNKNOWN
    return meter?.endsWith('bytes') ? bytes(value) : decimals(MOST_DECIMALS).format(value)
  }
  // `Intl` formats decimal text exactly, with all its digits.
  const moneyBy = (amount: string, options: Intl.NumberFormatOptions): string =>
    number({ style: 'currency', currencyDisplay: 'narrowSymbol', ...options }).format(
      amount as unknown as number,
    )
  const exactMoney: Format['exactMoney'] = (amount, currency = 'USD') =>
    amount && DECIMAL.test(amount)
      ? moneyBy(amount, { currency, maximumFractionDigits: 20 })
      : UNKNOWN
  const day = (at: string, timeZone: string) =>
    time(timeZone, { day: 'numeric', month: 'short' }).format(new Date(at))
  const dateOptions = { day: 'numeric', month: 'short', year: 'numeric' } as const
  const date = (at: string, timeZone: string) => time(timeZone, dateOptions).format(new Date(at))
  const clockOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const

  return {
    amount,
    compact: (value, meter) =>
      meter?.endsWith('bytes')
        ? bytes(value)
        : Math.abs(value) < 10_000
          ? decimals(2).format(value)
          : number({ notation: 'compact', maximumSignificantDigits: 3 }).format(value),
    money: (text, currency = 'USD') => {
      if (text === null || text === undefined || !DECIMAL.test(text)) return UNKNOWN
      const written = moneyBy(text, { currency })
      if (isNothing(text)) return moneyBy('0', { currency })
      if (!isNothing(written)) return written
      const least = moneyBy(leastOf(written), { currency })
      return text.startsWith('-') ? `>-${least}` : `<${least}`
    },
    exactMoney,
    price: (text) =>
      /\.0*[1-9]/.test(text)
        ? moneyBy(text, { currency: 'USD' })
        : moneyBy(text, { currency: 'USD', maximumFractionDigits: 0 }),
    percent: (value) => {
      if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN
      // A small epsilon, because 0.3 × 10 is slightly below 3 in floating point.
      const cut = Math.floor(Math.abs(value) * 10 + 1e-9) / 10
      const percent = number({ style: 'percent', maximumFractionDigits: 1 })
      if (cut === 0 && value !== 0) return `<${percent.format(0.001)}`
      return percent.format((Math.sign(value) * cut) / 100)
    },
    date,
    day,
    weekday: (at, timeZone) =>
      time(timeZone, { weekday: 'short', ...dateOptions }).format(new Date(at)),
    clock: (at, timeZone) => time(timeZone, clockOptions).format(new Date(at)),
    instant: (at, timeZone) =>
      time(timeZone, { ...dateOptions, ...clockOptions, second: '2-digit' }).format(new Date(at)),
    span: (start, end, timeZone) => {
      const last = new Date(new Date(end).getTime() - 1)
      // Browsers and Node put different spaces into ranges; these become plain spaces.
      return time(timeZone, dateOptions)
        .formatRange(new Date(start), last)
        .replace(/[\u2009\u202f]/g, ' ')
    },
    stretch: (ms) => stretchOf(ms, number),
  }
}

/** The smallest amount that a currency format shows: `0.01` of `$0.00`. */
const leastOf = (written: string): string => {
  const decimals = /[.,](0+)\D*$/.exec(written)?.[1]?.length ?? 0
  return decimals === 0 ? '1' : `0.${'0'.repeat(decimals - 1)}1`
}

const UNITS = [
  { unit: 'day', ms: 86_400_000, below: 'hour', belowMs: 3_600_000 },
  { unit: 'hour', ms: 3_600_000, below: 'minute', belowMs: 60_000 },
  { unit: 'minute', ms: 60_000, below: 'second', belowMs: 60_000 },
] as const

const stretchOf = (
  ms: number,
  number: (options: Intl.NumberFormatOptions) => Intl.NumberFormat,
): string => {
  const of = (value: number, unit: string) =>
    number({ style: 'unit', unit, unitDisplay: 'narrow' }).format(value)
  const found = UNITS.find((one) => ms >= one.ms)
  if (!found) return `<${of(1, 'minute')}`
  const whole = Math.floor(ms / found.ms)
  const rest = Math.floor((ms - whole * found.ms) / found.belowMs)
  return rest === 0 || found.unit === 'minute'
    ? of(whole, found.unit)
    : `${of(whole, found.unit)} ${of(rest, found.below)}`
}
