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

const unitOf = (meter: string): string =>
  /[_-]bytes$/.test(meter) ? `bytes of ${meterWords(meter)}` : meterWords(meter)

/** Removes only endings that are surely plural, because meter keys may be in any language. */
const one = (unit: string): string =>
  unit.startsWith('bytes') ? unit.replace('bytes', 'byte') : unit.replace(/(?<![sui]|ie)s$/, '')
