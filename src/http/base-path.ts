/** Where a handler is mounted in its host. */
export interface BasePath {
  /** Empty at the root; otherwise it begins with a slash and does not end with one. */
  readonly text: string
  /** A path as the interface has it; empty for what is not below. The base path itself is `/`. */
  readonly below: (path: string) => string
}

/** Segments of a path, each as it is in a request: `.` and `..` never come that far. */
const SEGMENTS = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*$/

/** @throws TypeError for a path that cannot be one. */
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
