/** Parsed JSON, unvalidated. */
export type Json = Readonly<Record<string, unknown>>

export const objectOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined

/** The value if it is a list, otherwise an empty list. */
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The objects in a list. */
export const objectsOf = (value: unknown): readonly Json[] =>
  listOf(value).flatMap((one) => {
    const object = objectOf(one)
    return object ? [object] : []
  })

/** The value if it is a whole number of at least 0; otherwise `undefined`. */
export const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** Parses a JSON object; `undefined` for other text. */
export const parsedJson = (text: string): Json | undefined => {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return undefined
  }
}
