/** A text as an array element. Most are plain and pass unquoted, which one test shows. */
export const quoteElement = (value: string): string =>
  PLAIN.test(value) ? value : `"${value.replace(ESCAPED, '\\$&')}"`
/**
 * Text without characters that have a meaning in an array literal, and other than the word NULL.
 */
const PLAIN = /^(?!null$)[\w./:@-]+$/i
const ESCAPED = /["\\]/g

/** Texts as an array literal, one element each. */
export const textArray = (values: readonly (string | undefined)[]): string =>
  `{${values.map((value) => (value === undefined ? 'NULL' : quoteElement(value))).join(',')}}`
