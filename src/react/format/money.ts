import { inGroups } from '../../core/amount-words.ts'
import { formatDecimal, formatUnits, multiply, parseDecimal, toUnits } from '../../core/amounts.ts'
import { UNKNOWN } from './amounts.ts'

/**
 * Money is decimal text and is never converted to floating point: it is formatted, not computed.
 */

const SYMBOLS: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', JPY: '¥' }
const MINUS = '\u2212'

const written = (digits: string, currency: string, decimals: number): string => {
  const isNegative = digits.startsWith('-')
  const [whole = '0', fraction = ''] = (isNegative ? digits.slice(1) : digits).split('.')
  const symbol = SYMBOLS[currency] ?? `${currency}\u00a0`
  const cents = fraction.padEnd(decimals, '0')
  const body = `${symbol}${inGroups(whole)}${cents === '' ? '' : `.${cents}`}`
  return isNegative ? `${MINUS}${body}` : body
}

/**
 * An amount of money to the cent. A smaller positive amount is `<$0.01`, never zero. `null` is a
 * price by agreement or an unknown cost.
 */
export const money = (amount: string | null | undefined, currency = 'USD'): string => {
  if (amount === null || amount === undefined) return UNKNOWN
  const decimal = parseDecimal(amount)
  if (!decimal) return UNKNOWN
  const units = toUnits(decimal, 2)
  if (units === 0n && decimal.units !== 0n) {
    const least = written('0.01', currency, 2)
    return decimal.units < 0n ? `>${MINUS}${least}` : `<${least}`
  }
  return written(formatUnits(units, 2), currency, 2)
}

/** An amount with all its decimals, at least two: `$0.0002922`. */
export const exactMoney = (amount: string | null | undefined, currency = 'USD'): string => {
  if (amount === null || amount === undefined) return UNKNOWN
  const decimal = parseDecimal(amount)
  return decimal ? written(formatUnits(decimal.units, decimal.scale), currency, 2) : amount
}

/** A monthly price; whole dollars without cents: `$149`. */
export const price = (amount: string | null | undefined): string => {
  if (amount === null || amount === undefined) return 'by agreement'
  const decimal = parseDecimal(amount)
  if (!decimal) return amount
  const text = formatUnits(decimal.units, decimal.scale)
  return written(text, 'USD', text.includes('.') ? 2 : 0)
}

/** The price of a plan: `$149 a month`, or `by agreement`. */
export const monthlyPrice = (amount: string | null): string =>
  amount === null ? price(amount) : `${price(amount)} a month`

/**
 * The price of one unit of a meter, in its usual unit: bytes by the gigabyte. The conversion is
 * exact.
 */
export const unitPrice = (meter: string, amount: string): string => {
  const decimal = parseDecimal(amount)
  if (!decimal || !meter.endsWith('bytes')) return `${exactMoney(amount)} each`
  const byGigabyte = multiply(decimal, { units: 1_000_000_000n, scale: 0 })
  return `${exactMoney(formatDecimal(byGigabyte))} a GB`
}

/** Whether a decimal text is not zero, by its digits. */
export const isSomething = (amount: string | null | undefined): boolean =>
  amount !== null && amount !== undefined && /[1-9]/.test(amount)

export const isNegative = (amount: string): boolean => amount.startsWith('-') && isSomething(amount)
