/** What came as JSON and was checked by nobody. */
export type Json = Readonly<Record<string, unknown>>

export const objectOf = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined

/** A list; empty where there is none. */
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The objects of a list. */
export const objectsOf = (value: unknown): readonly Json[] =>
  listOf(value).flatMap((one) => {
    const object = objectOf(one)
    return object ? [object] : []
  })

/** A count; `undefined` where what is there is none. */
export const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined

/** What a text says as JSON; `undefined` where it says nothing. */
export const parsedJson = (text: string): Json | undefined => {
  try {
    return objectOf(JSON.parse(text))
  } catch {
    return undefined
  }
}
