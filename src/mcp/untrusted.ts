/** The longest that a text of somebody's may be in an answer, in characters. */
const MOST_CHARACTERS = 200

/** Line ends and tabs, by which a text could look like several. */
const BREAKS = /[\n\r\t\u2028\u2029]+/g

/**
 * What steers a screen or hides text from who reads it: control characters, what changes the
 * direction of writing, what has no width, and tags and selectors that nobody sees.
 */
const STEERING = /\p{Cc}|\p{Cf}|\p{Co}|\p{Variation_Selector}/gu

/** A text as a value that steers nothing, and no longer than so many characters. */
export const plainText = (text: string, most = MOST_CHARACTERS): string => {
  const kept = text.toWellFormed().replaceAll(BREAKS, ' ').replaceAll(STEERING, '')
  if (kept.length <= most) return kept
  const characters = [...kept]
  return characters.length <= most ? kept : `${characters.slice(0, most - 1).join('')}…`
}

/** A pair of what customers name themselves: the name is a value too, and no key. */
interface Pair {
  readonly name: string
  readonly value: string | number | boolean | null
}

/** Where a list goes on is our own text, and is sent back as it is. */
const OURS = new Set(['nextCursor'])

/**
 * An answer in which all that anybody wrote is a value under a key of ours. Whatever is under a name
 * in `open` has keys that customers chose, and becomes a list of pairs.
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

/** Whatever is within it, as its JSON: nobody knows of what shape that is. */
const asScalar = (value: unknown): Pair['value'] => {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value
  return plainText(typeof value === 'string' ? value : JSON.stringify(value))
}
