import type { PageField } from '../facade/build.ts'

/** An operation as the client needs it: where each field goes, and whether it may be repeated. */
export interface WireOperation {
  readonly method: string
  /** The path, with input fields in braces. */
  readonly path: string
  readonly repeat: string
  /**
   * Where the organization is sent: `path`, `query`, `body` or `each`; absent for operations
   * without one.
   */
  readonly of?: string
  /** The fields that go into the query beside a body. */
  readonly query?: string
  /** True: all other fields form the body. */
  readonly hasBody: boolean
  /** The field that contains a list. */
  readonly wrap?: string
  readonly page?: PageField
  readonly form?: string
  /** A field that is sent as a header, as `field:name`. */
  readonly header?: string
}

const REPEATS = /^(?:read|keyed|first|never)$/

/** The path prefixes that the table abbreviates to one character. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  '~': '/api/organizations/{organizationId}',
  '^': '/api/usage',
  '*': '/api/admin',
}

/**
 * Parses a line of the generated table, such as `POST ^/track keyed of=body form=decision`. By
 * default, a `GET` may be repeated and others may not, and a `POST` or `PATCH` has a body.
 */
export const wireOperation = (line: string): WireOperation => {
  const [method = '', place = '', ...words] = line.split(' ')
  const path = place.replace(/^[~^*]/, (short) => BEGINNINGS[short] ?? '')
  const parts = Object.fromEntries(
    words.map((word) => {
      const [name = '', value = word] = word.split('=')
      return [REPEATS.test(word) ? 'repeat' : name, value]
    }),
  )
  return {
    method,
    path,
    repeat: method === 'GET' ? 'read' : 'never',
    hasBody: method[0] === 'P' && !parts.bare,
    of: path.includes('{organizationId}') ? 'path' : undefined,
    ...parts,
  }
}
