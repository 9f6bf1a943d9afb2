/** Amounts as a person reads them: every digit, in groups of three, and always of something. */

/** Sets a comma between groups of three digits of a whole number without a sign. */
export const inGroups = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',')

const DECIMAL = /^(-?)(\d+)(\.\d+)?$/

/** A plain decimal with groups: `9,988.2`. What is none, such as the fraction `98/3`, stays. */
export const decimalWords = (amount: string | number): string =>
  String(amount).replace(DECIMAL, (_, sign: string, whole: string, fraction = '') =>
    [sign, inGroups(whole), fraction].join(''),
  )

/** A decimal amount of money with its currency: `1,234.50 USD`. */
export const moneyWords = (amount: string, currency: string): string =>
  `${decimalWords(amount)} ${currency}`

/** What a meter counts: `ai_calls` is `AI calls`, and `storage_bytes` is `storage`. */
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

/** Only an ending that is surely a plural is taken off: keys of meters are of any language. */
const one = (unit: string): string =>
  unit.startsWith('bytes') ? unit.replace('bytes', 'byte') : unit.replace(/(?<![sui]|ie)s$/, '')
