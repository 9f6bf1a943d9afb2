import { inGroups } from '../../core/amount-words.ts'
import { formatUnits, parseDecimal, toUnits } from '../../core/amounts.ts'

/** The one place that formats amounts: equal amounts get equal texts on every screen. */

/** An unknown value. Zero is `0`, and no maximum is "unlimited". */
export const UNKNOWN = '—'

const MINUS = '\u2212'

const signedText = (text: string): string => {
  const isNegative = text.startsWith('-')
  const [whole = '', fraction] = (isNegative ? text.slice(1) : text).split('.')
  const body = fraction === undefined ? inGroups(whole) : `${inGroups(whole)}.${fraction}`
  return isNegative ? `${MINUS}${body}` : body
}

/** Every digit of an amount, with thousands separators: `69,988.2`. */
export const exact = (value: number | string | null | undefined): string => {
  if (value === null || value === undefined) return UNKNOWN
  const decimal = parseDecimal(value)
  return decimal ? signedText(formatUnits(decimal.units, decimal.scale)) : UNKNOWN
}

/** Rounds to at most `decimals` places; a non-zero value never becomes zero. */
export const rounded = (value: number | null | undefined, decimals = 0): string => {
  if (value === null || value === undefined) return UNKNOWN
  const decimal = parseDecimal(value)
  if (!decimal) return UNKNOWN
  const units = toUnits(decimal, decimals)
  if (units === 0n && decimal.units !== 0n) return `<${formatUnits(1n, decimals)}`
  return signedText(formatUnits(units, decimals))
}

const COMPACT = [
  { from: 1e15, divide: 1e15, suffix: 'P' },
  { from: 1e12, divide: 1e12, suffix: 'T' },
  { from: 1e9, divide: 1e9, suffix: 'B' },
  { from: 1e6, divide: 1e6, suffix: 'M' },
  { from: 1e4, divide: 1e3, suffix: 'k' },
] as const

/** Three significant digits for tiles and axes: `11.1M`. Show the exact amount beside it. */
export const compact = (value: number | null | undefined): string => {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN
  const size = Math.abs(value)
  const step = COMPACT.find(({ from }) => size >= from)
  if (!step) return rounded(value, size < 100 ? 2 : size < 1_000 ? 1 : 0)
  const scaled = size / step.divide
  const digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2
  const text = `${scaled.toFixed(digits)}${step.suffix}`
  return value < 0 ? `${MINUS}${text}` : text
}

const BYTE_STEPS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

/** Bytes in decimal units, as storage is sold: `18.5 GB`. */
const bytes = (value: number): string => {
  const step = Math.min(
    BYTE_STEPS.length - 1,
    value < 1 ? 0 : Math.floor(Math.log10(value) / 3 + 1e-9),
  )
  const scaled = value / 1_000 ** step
  const unit = step === 0 && value === 1 ? 'byte' : BYTE_STEPS[step]
  return `${exact(scaled.toFixed(scaled >= 100 || step === 0 ? 0 : 1))}\u00a0${unit}`
}

/** An amount of a meter. Meters of bytes use byte units. */
export const amountOf = (meter: string, value: number | null | undefined): string => {
  if (value === null || value === undefined) return UNKNOWN
  return meter.endsWith('bytes') ? bytes(value) : exact(value)
}

/** The short form of `amountOf`, for axes and tiles. */
export const compactOf = (meter: string, value: number | null | undefined): string =>
  value !== null && value !== undefined && meter.endsWith('bytes') ? bytes(value) : compact(value)

/** The maximum of a limit; `null` is unlimited. */
export const maximumOf = (meter: string, max: number | null): string =>
  max === null ? 'unlimited' : amountOf(meter, max)
