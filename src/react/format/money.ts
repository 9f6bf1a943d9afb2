import { inGroups } from '../../core/amount-words.ts'
import { formatDecimal, formatUnits, multiply, parseDecimal, toUnits } from '../../core/amounts.ts'
import { UNKNOWN } from './amounts.ts'

/** Money comes as decimal text and is never a binary fraction: it is only written, not computed. */

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
 * An amount of money to the cent. What is something is never written as nothing: `<$0.01`. `null`
 * is a price by agreement, or a cost that is not known.
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

/** Every decimal of an amount, at least two: `$0.0002922`. */
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

/**
 * The price of one unit of a meter, by the unit that people think in: bytes by the gigabyte. A
 * change of unit is exact.
 */
export const unitPrice = (meter: string, amount: string): string => {
  const decimal = parseDecimal(amount)
  if (!decimal || !meter.endsWith('bytes')) return `${exactMoney(amount)} each`
  const byGigabyte = multiply(decimal, { units: 1_000_000_000n, scale: 0 })
  return `${exactMoney(formatDecimal(byGigabyte))} a GB`
}

/** Whether a text of money is above nothing, by its digits. */
export const isSomething = (amount: string | null | undefined): boolean =>
  amount !== null && amount !== undefined && /[1-9]/.test(amount)

/** Whether it is below nothing. */
export const isNegative = (amount: string): boolean => amount.startsWith('-') && isSomething(amount)
