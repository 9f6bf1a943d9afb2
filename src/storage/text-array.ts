/** A text as an array element. Most are plain and stand as they are, which one look tells. */
export const quoteElement = (value: string): string =>
  PLAIN.test(value) ? value : `"${value.replace(ESCAPED, '\\$&')}"`
/** Nothing that an array literal gives a meaning to, and not the word NULL. */
const PLAIN = /^(?!null$)[\w./:@-]+$/i
const ESCAPED = /["\\]/g

/** Texts as an array literal, one place each. */
export const textArray = (values: readonly (string | undefined)[]): string =>
  `{${values.map((value) => (value === undefined ? 'NULL' : quoteElement(value))).join(',')}}`
