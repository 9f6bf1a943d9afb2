import { type Decimal, formatDecimal, parseDecimal } from '../amounts.ts'

/**
 * The exact value `numerator / denominator`, in lowest terms, with a positive denominator. Money
 * stays a fraction until an invoice line rounds it: a thirtieth of a month has no finite decimal.
 */
export interface Fraction {
  readonly numerator: bigint
  readonly denominator: bigint
}

export const ZERO_FRACTION: Fraction = { numerator: 0n, denominator: 1n }

/** Builds a fraction in lowest terms. Throws a `RangeError` when the denominator is zero. */
export const fraction = (numerator: bigint, denominator: bigint): Fraction => {
  if (denominator === 0n) throw new RangeError('a fraction needs a denominator other than zero')
  const divisor = greatestCommonDivisor(magnitude(numerator), magnitude(denominator))
  const sign = denominator < 0n ? -1n : 1n
  return {
    numerator: (sign * numerator) / divisor,
    denominator: (sign * denominator) / divisor,
  }
}

/** Converts a decimal. */
export const fractionOf = (decimal: Decimal): Fraction =>
  fraction(decimal.units, 10n ** BigInt(decimal.scale))

/** The exact sum; zero for an empty list. */
export const sumFractions = (parts: readonly Fraction[]): Fraction =>
  parts.reduce(
    (a, b) =>
      fraction(
        a.numerator * b.denominator + b.numerator * a.denominator,
        a.denominator * b.denominator,
      ),
    ZERO_FRACTION,
  )

/** The exact product. */
export const multiplyFractions = (a: Fraction, b: Fraction): Fraction =>
  fraction(a.numerator * b.numerator, a.denominator * b.denominator)

/** The value with the opposite sign. */
export const negateFraction = (value: Fraction): Fraction => ({
  numerator: -value.numerator,
  denominator: value.denominator,
})

/** Negative when `a < b`, zero when they are the same value, positive when `a > b`. */
export const compareFractions = (a: Fraction, b: Fraction): number => {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/**
 * Rounds to the nearest whole number of `10 ** -scale`. Halves round away from zero (0.5 to 1, -0.5
 * to -1), so that a credit rounds like its charge.
 */
export const roundFraction = (value: Fraction, scale: number): bigint => {
  const numerator = magnitude(value.numerator) * 10n ** BigInt(scale)
  const rounded = (2n * numerator + value.denominator) / (2n * value.denominator)
  return value.numerator < 0n ? -rounded : rounded
}

/**
 * Formats the value as decimal text if at most 40 decimals hold it, otherwise as
 * `numerator/denominator`.
 */
export const formatFraction = (value: Fraction): string => {
  const decimal = decimalOf(value)
  return decimal ? formatDecimal(decimal) : `${value.numerator}/${value.denominator}`
}

/** Parses a price from text that a schema has accepted. Throws a `RangeError` below zero. */
export const parsePrice = (text: string, what: string): Decimal => {
  const price = parseDecimal(text)
  if (!price || price.units < 0n) throw new RangeError(`${what} must be a decimal, not below zero`)
  return price
}

const MAX_DECIMALS = 40

const decimalOf = ({ numerator, denominator }: Fraction): Decimal | undefined => {
  for (let scale = 0, power = 1n; scale <= MAX_DECIMALS; scale += 1, power *= 10n) {
    if (power % denominator === 0n) return { units: numerator * (power / denominator), scale }
  }
  return undefined
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

const greatestCommonDivisor = (a: bigint, b: bigint): bigint => {
  let [larger, smaller] = [a, b]
  while (smaller !== 0n) [larger, smaller] = [smaller, larger % smaller]
  return larger
}
