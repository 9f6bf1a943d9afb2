import { type StoreTrouble, troubleOf } from './store-trouble.ts'

/** The fields of a server's error; `code` is the SQLSTATE. */
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

/** SQLSTATEs for failures that no server reports. */
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

/** A failed statement. Both drivers throw it in the same form. */
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

  /** True when another transaction held the lock for longer than this one may wait. */
  get isLockWait(): boolean {
    return this.code === '55P03'
  }

  /** Why the store cannot serve; undefined when the statement itself is at fault. */
  get trouble(): StoreTrouble | undefined {
    return troubleOf(this.code)
  }

  /**
   * True when the server is away or shutting down. The connection is lost, and the statement may
   * have been executed all the same.
   */
  get unreachable(): boolean {
    return this.trouble?.kind === 'away'
  }
}

/** The fields of anything that a driver throws, in a shape that can be sent to another thread. */
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

// A host with several addresses fails with one error for each address, under an empty message.
const messageOf = (thrown: unknown): string => {
  if (thrown instanceof AggregateError) return thrown.errors.map(messageOf).join('; ')
  if (thrown instanceof Error) return thrown.message || thrown.name
  const { message } = (thrown ?? {}) as { message?: unknown }
  return typeof message === 'string' ? message : String(thrown)
}

/** True when a server answered with this error, false when the connection itself failed. */
export const isFromServer = (thrown: unknown): boolean => {
  const { code, severity } = (thrown ?? {}) as { code?: unknown; severity?: unknown }
  return typeof severity === 'string' && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)
}

/**
 * For a COMMIT in a failed transaction. The server answers ROLLBACK, which must not look like
 * success.
 */
export const commitRefused = (): DatabaseError =>
  new DatabaseError({
    code: sqlState.commitRefused,
    message: 'Nothing was committed: a statement of this transaction had failed.',
  })

/**
 * For a text that said BEGIN outside of `transaction`. The next caller would have been inside that
 * transaction.
 */
export const leftOpen = (): DatabaseError =>
  new DatabaseError({
    code: sqlState.leftOpen,
    message: 'This text left a transaction open, which was rolled back: use transaction().',
  })

/** For any call after `close`. */
export const databaseClosed = (): DatabaseError =>
  new DatabaseError({ code: sqlState.databaseClosed, message: 'The database is closed.' })

/** A COMMIT that got no answer may have been executed. Any other error is returned as it is. */
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
