/** An escape of JSON as a whole; the group is one that PostgreSQL's `jsonb` refuses. */
const ESCAPE = /\\(?:u(0000|d[89a-f][0-9a-f]{2})|.)/g

/**
 * JSON that `JSON.stringify` wrote, as `jsonb` can hold it. NUL becomes its picture, and half of a
 * character what stands for one. A text that was cut to a length may end in such a half.
 */
export const storableJson = (text: string): string =>
  text.includes('\\u')
    ? text.replace(ESCAPE, (whole, refused?: string) => {
        if (refused === undefined) return whole
        return refused === '0000' ? '\\u2400' : '\\ufffd'
      })
    : text
