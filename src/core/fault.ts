/** One fault in an input: the field, and a message for people. */
export interface Fault {
  readonly field: string
  readonly message: string
}

/** Quotes a name for a message and truncates it, because it may come from outside. */
export const quoted = (name: string): string => JSON.stringify(name.slice(0, MAX_SEGMENT_LENGTH))

const PLAIN_SEGMENT = /^[A-Za-z_][A-Za-z0-9_-]*$/
const MAX_SEGMENT_LENGTH = 80

/**
 * Formats a field path: `plans.pro.limits[0].meter`. Names that are not plain are quoted, and very
 * long ones are truncated.
 */
export const fieldPath = (segments: readonly PropertyKey[], root = ''): string =>
  segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number') return `${path}[${segment}]`
    const name = String(segment).slice(0, MAX_SEGMENT_LENGTH)
    if (!PLAIN_SEGMENT.test(name)) return `${path}[${quoted(name)}]`
    return path === '' ? name : `${path}.${name}`
  }, root)
