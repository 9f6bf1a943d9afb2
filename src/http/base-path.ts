/** The path below which a handler is mounted. */
export interface BasePath {
  /** Empty at the root; otherwise begins with a slash and does not end with one. */
  readonly text: string
  /** Removes the base path. The base path itself becomes `/`; paths outside it become empty. */
  readonly below: (path: string) => string
}

/** The segments of a path as a request has it. URLs never contain `.` and `..` at this point. */
const SEGMENTS = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*$/

/**
 * Validates a base path.
 *
 * @throws TypeError if it is not a valid path.
 */
export const basePathOf = (given: unknown = ''): BasePath => {
  const text = typeof given === 'string' ? given.replace(/\/+$/, '') : undefined
  if (text === undefined || !SEGMENTS.test(text)) {
    throw new TypeError('basePath: must be a path such as /api/tollgate')
  }
  return {
    text,
    below: (path) => {
      if (path === text) return '/'
      return path.startsWith(`${text}/`) ? path.slice(text.length) : ''
    },
  }
}
