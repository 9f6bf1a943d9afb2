/** Ends a command with exit code 1 and these lines on stderr: something its user can put right. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure'
  readonly lines: readonly string[]

  constructor(first: string, ...more: readonly string[]) {
    super(first)
    this.lines = [first, ...more]
  }
}

interface ErrorParts {
  readonly name?: unknown
  readonly message?: unknown
  readonly code?: unknown
  readonly syscall?: unknown
  readonly cause?: unknown
  readonly faults?: unknown
  readonly port?: unknown
  readonly address?: unknown
}

/**
 * What went wrong, in sentences, one a line. Told by the error's name and not by its class, so
 * that a failing command loads nothing more.
 */
export const describeFailure = (error: unknown): readonly string[] => {
  if (error instanceof CliFailure) return error.lines
  const parts: ErrorParts = typeof error === 'object' && error !== null ? error : {}
  const message = typeof parts.message === 'string' ? parts.message : String(error)
  switch (parts.name) {
    case 'TollgateError':
      return describeRefusal(message, parts)
    case 'DataFolderError':
    case 'FolderHeldError':
    case 'MigrationError':
      return [message]
    case 'DatabaseError':
      return [describeDatabase(message, String(parts.code))]
  }
  if (parts.code === 'EADDRINUSE') {
    return [`Port ${parts.port} of ${parts.address} is in use: choose another with --port.`]
  }
  if (typeof parts.syscall === 'string') return [describeSystem(message, parts)]
  return [message, ...causesOf(parts)]
}

const KEY_ADVICE = 'Give its admin key with --key or TOLLGATE_ADMIN_KEY.'

/** Each fault on a line of its own; the message is their sum, and only says more when it is not. */
const describeRefusal = (
  message: string,
  { code, faults, cause }: ErrorParts,
): readonly string[] => {
  if (code === 'unauthenticated') return ['The server does not know this key.', KEY_ADVICE]
  if (code === 'forbidden') return ['The server does not let this key do that.', KEY_ADVICE]
  const named = (Array.isArray(faults) ? faults : []) as { field: string; message: string }[]
  const lines = named.map((fault) => `${fault.field}: ${fault.message}`)
  if (lines.length > 0 && message === lines.join('; ')) return lines
  if (lines.length > 0) return [message, ...lines.map((line) => `  ${line}`)]
  return [message, ...causesOf({ cause })]
}

/** Class 08: nothing was refused, the server is not there, and the message says so. */
const describeDatabase = (message: string, code: string): string =>
  code.startsWith('08') ? message : `The database refused: ${message} (SQLSTATE ${code})`

const describeSystem = (message: string, { code }: ErrorParts): string => {
  const reason = /^[A-Z]+: (.*)$/.exec(message)?.[1] ?? message
  return `The system refused: ${reason} (${String(code)}).`
}

/** Why, as far down as it is known; a wrapped error often says only that something failed. */
const causesOf = ({ cause }: ErrorParts): readonly string[] => {
  if (typeof cause !== 'object' || cause === null) return []
  return describeFailure(cause).map((line) => `  ${line}`)
}
