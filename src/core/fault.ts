/** One thing wrong with what was given: which field, and for a person to read, what. */
export interface Fault {
  readonly field: string
  readonly message: string
}

/** A name in quotes for a message, cut where it is very long, since it may come from outside. */
export const quoted = (name: string): string => JSON.stringify(name.slice(0, MAX_SEGMENT_LENGTH))

const PLAIN_SEGMENT = /^[A-Za-z_][A-Za-z0-9_-]*$/
const MAX_SEGMENT_LENGTH = 80

/**
 * A field path as people write it: `plans.pro.limits[0].meter`. A name that would not read back
 * as one segment is quoted, and a very long one is cut.
 */
export const fieldPath = (segments: readonly PropertyKey[], root = ''): string =>
  segments.reduce<string>((path, segment) => {
    if (typeof segment === 'number') return `${path}[${segment}]`
    const name = String(segment).slice(0, MAX_SEGMENT_LENGTH)
    if (!PLAIN_SEGMENT.test(name)) return `${path}[${quoted(name)}]`
    return path === '' ? name : `${path}.${name}`
  }, root)
