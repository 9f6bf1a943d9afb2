import { type StoreTrouble, troubleOf } from './store-trouble.ts'

/** What a server says about a failed statement; `code` is the SQLSTATE. */
export interface ErrorFields {
  readonly message: string
  readonly code: string
  readonly severity?: string
  readonly detail?: string
  readonly hint?: string
  readonly where?: string
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
  readonly routine?: string
}

/** SQLSTATEs for what goes wrong without a server saying so. */
export const sqlState = {
  connectionGone: '08006',
  commitUnknown: '08007',
  databaseClosed: '08003',
  commitRefused: '25P02',
  leftOpen: '25001',
} as const

const fieldNames = [
  'severity',
  'detail',
  'hint',
  'where',
  'schema',
  'table',
  'column',
  'constraint',
  'routine',
] as const satisfies readonly (keyof ErrorFields)[]

/** A statement that failed, told alike by both drivers. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError'
  /** The SQLSTATE; class 08 when the server could not be reached. */
  readonly code: string
  readonly severity?: string
  readonly detail?: string
  readonly hint?: string
  readonly where?: string
  readonly schema?: string
  readonly table?: string
  readonly column?: string
  readonly constraint?: string
  readonly routine?: string

  constructor(fields: ErrorFields, cause?: unknown) {
    super(fields.message, cause === undefined ? undefined : { cause })
    this.code = fields.code
    for (const name of fieldNames) {
      if (fields[name] !== undefined) Object.assign(this, { [name]: fields[name] })
    }
  }

  /** True when somebody else kept what was to be locked for longer than this may wait. */
  get isLockWait(): boolean {
    return this.code === '55P03'
  }

  /** What keeps the store from serving, where it is that, and not the statement, that is at fault. */
  get trouble(): StoreTrouble | undefined {
    return troubleOf(this.code)
  }

  /**
   * True when the server is away or going away: the connection is lost, and what was asked on it may
   * be done all the same.
   */
  get unreachable(): boolean {
    return this.trouble?.kind === 'away'
  }
}

/** What to tell of anything a driver throws, in a shape that crosses a thread. */
export const errorFields = (thrown: unknown): ErrorFields => {
  const error = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<
    string,
    unknown
  >
  const fields: Record<string, string> = {
    message: messageOf(thrown),
    code:
      thrown instanceof DatabaseError || isFromServer(thrown)
        ? String(error.code)
        : sqlState.connectionGone,
  }
  for (const name of fieldNames) {
    if (typeof error[name] === 'string') fields[name] = error[name]
  }
  return fields as unknown as ErrorFields
}

// A host with several addresses fails with one error each, under an empty message.
const messageOf = (thrown: unknown): string => {
  if (thrown instanceof AggregateError) return thrown.errors.map(messageOf).join('; ')
  if (thrown instanceof Error) return thrown.message || thrown.name
  const { message } = (thrown ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : String(thrown)
}

/** Whether a server answered with this error, rather than the connection to it failing. */
export const isFromServer = (thrown: unknown): boolean => {
  const { code, severity } = (thrown ?? {}) as { code?: unknown; severity?: unknown }
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
}

/** COMMIT of a transaction that had failed: it answers ROLLBACK, which must not look like success. */
export const commitRefused = (): DatabaseError =>
  new DatabaseError({
    code: sqlState.commitRefused,
    message: 'Nothing was committed: a statement of this transaction had failed.',
  })

/** A text that said BEGIN outside of `transaction`: the next caller would have been inside it. */
export const leftOpen = (): DatabaseError =>
  new DatabaseError({
    code: sqlState.leftOpen,
    message: 'This text left a transaction open, which was rolled back: use transaction().',
  })

/** Any call after `close`. */
export const databaseClosed = (): DatabaseError =>
  new DatabaseError({ code: sqlState.databaseClosed, message: 'The database is closed.' })

/** A COMMIT that got no answer may have been done; anything else is as it was. */
export const orCommitUnknown = (error: unknown): unknown =>
  error instanceof DatabaseError && error.unreachable
    ? new DatabaseError(
        {
          code: sqlState.commitUnknown,
          message: `Whether this transaction was committed is not known. ${error.message}`,
        },
        error,
      )
    : error
