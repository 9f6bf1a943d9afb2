/** The longest text from outside in an answer, in characters. */
const MOST_CHARACTERS = 200

/** Line ends and tabs, which could make one text look like several. */
const BREAKS = /[\n\r\t\u2028\u2029]+/g

/**
 * Characters that control a screen or hide text: control characters, changes of direction, zero
 * width, and invisible tags and selectors.
 */
const STEERING = /\p{Cc}|\p{Cf}|\p{Co}|\p{Variation_Selector}/gu

/** Removes such characters from a text and truncates it. */
export const plainText = (text: string, most = MOST_CHARACTERS): string => {
  const kept = text.toWellFormed().replaceAll(BREAKS, ' ').replaceAll(STEERING, '')
  if (kept.length <= most) return kept
  const characters = [...kept]
  return characters.length <= most ? kept : `${characters.slice(0, most - 1).join('')}…`
}

/** A name that a customer chose and its value. The name is a value too, not a key. */
interface Pair {
  readonly name: string
  readonly value: string | number | boolean | null
}

/** A cursor is Tollgate's own text and must be returned unchanged. */
const OURS = new Set(['nextCursor'])

/**
 * Converts an answer so that all text from outside is a value under one of Tollgate's keys. Records
 * named in `open` have keys chosen by customers, and become lists of pairs.
 */
export const asValues = (answer: unknown, open: ReadonlySet<string>): unknown => {
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return OURS.has(key) ? value : plainText(value)
    if (Array.isArray(value)) return value.map((item) => walk(item, key))
    if (typeof value !== 'object' || value === null) return value
    if (open.has(key)) return pairsOf(value)
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [plainText(name), walk(inner, name)]),
    )
  }
  return walk(answer, '')
}

const MOST_PAIRS = 50

const pairsOf = (record: object): Pair[] =>
  Object.entries(record)
    .slice(0, MOST_PAIRS)
    .map(([name, value]) => ({
      name: plainText(name),
      value: asScalar(value),
    }))

/** Serializes nested content as JSON, because its shape is unknown. */
const asScalar = (value: unknown): Pair['value'] => {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  return plainText(typeof value === 'string' ? value : JSON.stringify(value))
}
