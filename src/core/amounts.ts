/**
 * Exact decimals. Credits, money and quantities are whole numbers of a smallest unit, as `bigint`;
 * intermediate values are a `Decimal`.
 * Only two functions touch binary floating point. `parseDecimal` reads a number as the decimal that
 * `String(number)` prints. `numberFromUnits` returns the nearest double, for JSON.
 */

/** The exact value `units / 10 ** scale`. */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

/** Credits in millionths. */
export type MicroCredits = bigint
export const MICRO_CREDIT_SCALE = 6

/**
 * US dollars in millionths of a millionth. A price of $0.01875 per million tokens is 18,750
 * pico-dollars per token, a whole number; in nano-dollars it would be 18.75, and so not exact.
 */
export type PicoUsd = bigint
export const PICO_USD_SCALE = 12

/**
 * The largest amount that one event may add to a meter, in the meter's smallest unit. An `int8`
 * column holds 9.2 * 10^18, so nine million such events cannot overflow a sum.
 */
export const MAX_FLOW_UNITS = 10n ** 12n

/** The largest state (stored bytes, members) that one event may report, in the smallest unit. */
export const MAX_STATE_UNITS = BigInt(Number.MAX_SAFE_INTEGER)

const MAX_DIGITS = 40
const MAX_EXPONENT = 40
/** The longest text that is parsed: a sign, the digits, as many leading zeros, and an exponent. */
const MAX_TEXT_LENGTH = 100
const DECIMAL_TEXT = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i

const ZERO: Decimal = { units: 0n, scale: 0 }

/**
 * Reads a decimal in plain or exponent notation (`2.50`, `1e-7`), or a number as `String` prints
 * it.
 * Returns undefined for anything that is not a finite decimal, has more than 40 digits, or has an
 * exponent beyond ±40. The result has the smallest scale that holds the value.
 */
export const parseDecimal = (value: string | number): Decimal | undefined => {
  const text = String(value)
  if (text.length > MAX_TEXT_LENGTH) return undefined
  const match = DECIMAL_TEXT.exec(text)
  if (!match) return undefined
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match
  const exponent = Number(exponentText)
  const digits = (whole + fraction).replace(/^0+/, '')
  if (digits.length > MAX_DIGITS || Math.abs(exponent) > MAX_EXPONENT) return undefined
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return ZERO
  const scale = fraction.length - exponent - (digits.length - significant.length)
  const magnitude = BigInt(significant) * (scale < 0 ? 10n ** BigInt(-scale) : 1n)
  return { units: sign === '-' ? -magnitude : magnitude, scale: Math.max(scale, 0) }
}

/** Parses a decimal that a schema has already accepted. Throws a `RangeError` on other text. */
export const exactDecimal = (text: string): Decimal => {
  const decimal = parseDecimal(text)
  if (!decimal) throw new RangeError(`not a decimal: ${text.slice(0, MAX_TEXT_LENGTH)}`)
  return decimal
}

/** The exact product. */
export const multiply = (a: Decimal, b: Decimal): Decimal => ({
  units: a.units * b.units,
  scale: a.scale + b.scale,
})

/** The exact sum. */
export const add = (a: Decimal, b: Decimal): Decimal => {
  const scale = Math.max(a.scale, b.scale)
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale }
}

/** Negative when `a < b`, zero when they are the same value, positive when `a > b`. */
export const compare = (a: Decimal, b: Decimal): number => {
  const scale = Math.max(a.scale, b.scale)
  const left = unitsAt(a, scale)
  const right = unitsAt(b, scale)
  return left < right ? -1 : left > right ? 1 : 0
}

/** Requires a scale at least as fine as the decimal's own, so that no digit is lost. */
const unitsAt = (decimal: Decimal, scale: number): bigint =>
  decimal.units * 10n ** BigInt(scale - decimal.scale)

/**
 * Rounds to the nearest whole number of `10 ** -scale`. Halves round away from zero (0.5 to 1, -0.5
 * to -1).
 */
export const toUnits = (decimal: Decimal, scale: number): bigint => {
  if (scale >= decimal.scale) return unitsAt(decimal, scale)
  const divisor = 10n ** BigInt(decimal.scale - scale)
  const quotient = decimal.units / divisor
  const rest = decimal.units % divisor
  const twice = (rest < 0n ? -rest : rest) * 2n
  if (twice < divisor) return quotient
  return decimal.units < 0n ? quotient - 1n : quotient + 1n
}

/** Formats an amount as plain decimal text: no exponent, no trailing zeros, `0` for zero. */
export const formatUnits = (units: bigint, scale: number): string => {
  if (scale === 0 || units === 0n) return units.toString()
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, -scale)
  const fraction = digits.slice(-scale).replace(/0+$/, '')
  const magnitude = fraction === '' ? whole : `${whole}.${fraction}`
  return units < 0n ? `-${magnitude}` : magnitude
}

/** Formats a decimal as plain decimal text. */
export const formatDecimal = (decimal: Decimal): string => formatUnits(decimal.units, decimal.scale)

/**
 * Returns the double nearest to an amount, for JSON, where credits and quantities are numbers.
 * Whole numbers up to 2^53 and powers up to 10^22 are exact doubles, and dividing them gives the
 * nearest double (IEEE 754). Larger values are parsed from text, which costs ten times as much.
 */
export const numberFromUnits = (units: bigint, scale: number): number => {
  const whole = Number(units)
  return Number.isSafeInteger(whole) && scale <= LARGEST_EXACT_POWER
    ? whole / 10 ** scale
    : Number(formatUnits(units, scale))
}
const LARGEST_EXACT_POWER = 22
