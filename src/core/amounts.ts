/**
 * Exact decimals. Credits, money and quantities are whole numbers of a smallest unit, held as
 * `bigint`; a value that is still being worked out is a `Decimal`. Nothing here touches binary
 * floating point, except the two doors to it: a number coming in is taken as the decimal that
 * `String(number)` prints, and `numberFromUnits` gives the nearest double for JSON.
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
 * column holds 9.2 * 10^18, so that a sum cannot overflow in under nine million such events.
 */
export const MAX_FLOW_UNITS = 10n ** 12n

/** The largest state (stored bytes, members) that one event may report, in the smallest unit. */
export const MAX_STATE_UNITS = BigInt(Number.MAX_SAFE_INTEGER)

const MAX_DIGITS = 40
const MAX_EXPONENT = 40
/** The longest text that is read: a sign, the digits with as many leading zeros, an exponent. */
const MAX_TEXT_LENGTH = 100
const DECIMAL_TEXT = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d{1,3}))?$/i

const ZERO: Decimal = { units: 0n, scale: 0 }

/**
 * Reads a decimal in plain or exponent notation (`2.50`, `1e-7`), or a number as `String` prints
 * it. Undefined when it is not a finite decimal, has more than 40 digits, or an exponent beyond
 * ±40. The result is in lowest terms: its scale is the number of decimals the value needs.
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

/** The decimal of a text that a schema has already accepted; throws on anything else. */
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

/** Only for a scale at least as fine as the decimal's own, where nothing is lost. */
const unitsAt = (decimal: Decimal, scale: number): bigint =>
  decimal.units * 10n ** BigInt(scale - decimal.scale)

/**
 * The whole number of `10 ** -scale` nearest to the value, rounded half up: a value exactly
 * between two goes to the one further from zero (0.5 to 1, -0.5 to -1).
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

/** The plain decimal text of an amount: no exponent, no trailing zeros, `0` for nothing. */
export const formatUnits = (units: bigint, scale: number): string => {
  if (scale === 0 || units === 0n) return units.toString()
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, -scale)
  const fraction = digits.slice(-scale).replace(/0+$/, '')
  const magnitude = fraction === '' ? whole : `${whole}.${fraction}`
  return units < 0n ? `-${magnitude}` : magnitude
}

/** The plain decimal text of a decimal. */
export const formatDecimal = (decimal: Decimal): string => formatUnits(decimal.units, decimal.scale)

/**
 * The double nearest to an amount, for JSON, where credits and quantities are numbers. Up to 2^53
 * and 10^22 both are doubles themselves, and a division of doubles gives the nearest to the true
 * quotient (IEEE 754); beyond that, the text is read. The text alone would be right, at ten times
 * the cost.
 */
export const numberFromUnits = (units: bigint, scale: number): number => {
  const whole = Number(units)
  return Number.isSafeInteger(whole) && scale <= LARGEST_EXACT_POWER
    ? whole / 10 ** scale
    : Number(formatUnits(units, scale))
}
const LARGEST_EXACT_POWER = 22
