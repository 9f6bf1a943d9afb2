import type { PageField } from '../facade/build.ts'

/** An operation as the client knows it: where its fields go, and whether it may be sent twice. */
export interface WireOperation {
  readonly method: string
  /** With fields of the input in braces. */
  readonly path: string
  readonly repeat: string
  /** Where the organization stands: `path`, `query`, `body` or `each`; absent where it is none's. */
  readonly of?: string
  /** The fields in the query beside a body. */
  readonly query?: string
  /** Whether its other fields are its body. */
  readonly hasBody: boolean
  /** The field around a list. */
  readonly wrap?: string
  readonly page?: PageField
  readonly form?: string
  /** A field that is a header, as `field:name`. */
  readonly header?: string
}

const REPEATS = /^(?:read|keyed|first|never)$/

/** The beginnings of paths that the table writes as one character. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  '~': '/api/organizations/{organizationId}',
  '^': '/api/usage',
  '*': '/api/admin',
}

/**
 * Reads a line of the generated table, such as `POST ^/track keyed of=body form=decision`. A `GET`
 * may be repeated and others may not, and a `POST` or `PATCH` has a body, unless the line says else.
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
