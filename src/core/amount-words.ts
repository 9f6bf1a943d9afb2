import { decimalsOfMoney } from './billing/currencies.ts'

/** Formats amounts for people: all digits, in groups of three, with a unit. */

/** Adds a comma between groups of three digits. The input is a whole number without a sign. */
export const inGroups = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',')

const DECIMAL = /^(-?)(\d+)(\.\d+)?$/

/**
 * Groups the digits of a plain decimal: `9,988.2`. Returns other text, such as `98/3`, unchanged.
 */
export const decimalWords = (amount: string | number): string =>
  String(amount).replace(DECIMAL, (_, sign: string, whole: string, fraction = '') =>
    [sign, inGroups(whole), fraction].join(''),
  )

/** A decimal amount of money with its currency: `1,234.50 USD`. */
export const moneyWords = (amount: string, currency: string): string =>
  `${decimalWords(amount)} ${currency}`

/**
 * Turns a meter's key into the name of its unit: `ai_calls` → `AI calls`, `storage_bytes` →
 * `storage`.
 */
export const meterWords = (meter: string): string =>
  meter
    .replace(/[_-]+/g, ' ')
    .replace(/\b(ai|api)\b/g, (word) => word.toUpperCase())
    .replace(/ bytes$/, '')

/** `9,988.2 credits`, `1 API call`, `1,500 bytes of storage`. */
export const quantityWords = (meter: string, amount: string | number): string =>
  `${decimalWords(amount)} ${String(amount) === '1' ? one(unitOf(meter)) : unitOf(meter)}`

/**
 * `6,841 tokens`, `12.40 USD`, `80 %`: an amount with its unit. If a meter's name ends with its
 * unit, the name is used. `232_amount_words.sql` is the same in SQL.
 */
export const amountWords = (amount: string, unit: string, meter?: string): string =>
  `${numberWords(amount, unit)} ${unitWords(amount, unit, meter)}`

/** `6,841 of 10,000 tokens`. */
export const shareWords = (amount: string, maximum: string, unit: string, meter?: string): string =>
  `${numberWords(amount, unit)} of ${amountWords(maximum, unit, meter)}`

/** A number without its unit. Money has at least the decimals of its currency. */
const numberWords = (amount: string, unit: string): string => {
  const [, whole, fraction = ''] = /^(-?\d+)(?:\.(\d*?)0*)?$/.exec(amount) ?? []
  if (whole === undefined) return amount
  const decimals = fraction.padEnd(decimalsOfMoney(unit) ?? 0, '0')
  return decimalWords(decimals === '' ? whole : `${whole}.${decimals}`)
}

const unitWords = (amount: string, unit: string, meter: string | undefined): string => {
  if (unit === 'percent') return '%'
  const plural = pluralOf(unit)
  const many = meter?.endsWith(plural) ? unitOf(meter) : plural
  return Number(amount) === 1 ? one(many) : many
}

/** The plural of an English word. Other units, such as `GiB`, stay the same. */
const pluralOf = (unit: string): string => {
  if (!/^[a-z][a-z ]{2,}$/.test(unit) || unit.endsWith('s')) return unit
  return /[^aeiou]y$/.test(unit) ? unit.replace(/y$/, 'ies') : `${unit}s`
}

const unitOf = (meter: string): string =>
  /[_-]bytes$/.test(meter) ? `bytes of ${meterWords(meter)}` : meterWords(meter)

/** Removes only endings that are surely plural, because meter keys may be in any language. */
const one = (unit: string): string =>
  unit.startsWith('bytes') ? unit.replace('bytes', 'byte') : unit.replace(/(?<![sui]|ie)s$/, '')
