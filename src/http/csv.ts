/** A table as CSV (RFC 4180), one line at a time. */
export const csvLine = (cells: readonly (string | number | null | undefined)[]): string =>
  `${cells.map(cellOf).join(',')}\r\n`

/**
 * What a spreadsheet would take for a formula, in the usual characters or their full-width forms.
 * A leading apostrophe makes it text there; what follows the apostrophe is what was given.
 */
const FORMULA = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/
const NEEDS_QUOTES = /[",\r\n]/

const cellOf = (value: string | number | null | undefined): string => {
  if (value === null || value === undefined) return ''
  // A number of ours is none of somebody's making.
  if (typeof value === 'number') return String(value)
  const text = FORMULA.test(value) ? `'${value}` : value
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
