import type { Fields, SpecialParts, WireOperation } from './wire-operation.ts'

/** The path prefixes that the table abbreviates to one character. */
const BEGINNINGS: Readonly<Record<string, string>> = {
  '~': '/api/organizations/{organizationId}',
  '^': '/api/usage',
  '*': '/api/admin',
}

/** The words of a line by name, such as `{ keyed: true, form: 'replayable' }`. */
type Words = Readonly<Record<string, string | true>>

/**
 * Parses a line of the generated table, such as `POST ^/track keyed of=body form=decision`. By
 * default, a `GET` may be repeated and others may not, and a `POST` or `PATCH` has a body.
 */
export const operationOfLine = (line: string): WireOperation => {
  const [method = '', place = '', ...rest] = line.split(' ')
  const words: Words = Object.fromEntries(
    rest.map((word) => {
      const [name = '', value = true] = word.split('=')
      return [name, value]
    }),
  )
  const { bare, first, form, keyed, of, query, read, wrap } = words
  const path = place.replace(/^[~^*]/, (short) => BEGINNINGS[short] ?? '')
  const isRead = method === 'GET' || read === true
  return {
    method,
    path,
    hasBody: method.startsWith('P') && !bare,
    query: typeof query === 'string' ? query.split(',') : undefined,
    isOfPlatform: of === undefined && !path.includes('{organizationId}'),
    isBatch: of === 'each',
    isKeyed: keyed === true,
    isOnce: !isRead && !keyed && !first,
    isReplayable: !isRead && (form === 'decision' || form === 'replayable'),
    wrap: typeof wrap === 'string' ? wrap : undefined,
    special: specialOf(words),
  }
}

/** The form of answer that a line names, such as `lines`. */
export const formOfLine = (line: string): string | undefined => / form=(\w+)/.exec(line)?.[1]

/** A field may be sent as a header, a body as it is, and a list may be asked for as lines. */
const specialOf = ({ form, header }: Words): WireOperation['special'] => {
  if (header === undefined && form !== 'raw' && form !== 'lines') return undefined
  const [field = '', name = ''] = typeof header === 'string' ? header.split(':') : []
  return (fields: Fields): SpecialParts => {
    const value = fields[field]
    delete fields[field]
    if (form === 'lines') fields.format = 'jsonl'
    return {
      headers: typeof value === 'string' ? { [name]: value } : {},
      body: form === 'raw' ? String(fields.body) : undefined,
    }
  }
}
