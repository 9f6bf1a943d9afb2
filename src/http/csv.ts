/** Formats one line of CSV (RFC 4180). */
export const csvLine = (cells: readonly (string | number | null | undefined)[]): string =>
  `${cells.map(cellOf).join(',')}\r\n`

/**
 * Text that a spreadsheet would read as a formula, in ASCII or full-width characters. A leading
 * apostrophe makes it plain text there.
 */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/
const NEEDS_QUOTES = /[",\r\n]/

const cellOf = (value: string | number | null | undefined): string => {
  if (value === null || value === undefined) return ''
  // Numbers never come from outside, so they are safe.
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
