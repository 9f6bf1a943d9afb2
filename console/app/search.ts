/** Parses search parameters; an invalid value counts as absent. */

export const oneOf = <Of extends string>(value: unknown, all: readonly Of[]): Of | undefined =>
  all.find((one) => one === value)

const MAX_LENGTH = 4_000

/** The router parses digits as numbers, but an id may consist of digits. */
export const text = (value: unknown): string | undefined => {
  const given = typeof value === 'number' ? String(value) : value
  return typeof given === 'string' && given !== '' && given.length <= MAX_LENGTH ? given : undefined
}

/** An ISO instant, such as `2026-11-05T09:30:00.000Z`. */
export const instant = (value: unknown): string | undefined =>
  typeof value === 'string' && INSTANT.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/

export const wholeNumber = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined

/** Removes undefined parameters, so that addresses stay short. */
export const given = <Search extends Record<string, unknown>>(
  search: Search,
): { [Name in keyof Search]?: Search[Name] } =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Search]?: Search[Name]
  }
