/**
 * Ends a command with exit code 1 and these lines on stderr. For errors that the user can correct.
 */
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
 * Describes an error in sentences, one a line. Errors are recognized by name, so that a failing
 * command loads no further modules.
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

/**
 * One line per fault. The message usually repeats the faults, and is shown only if it says more.
 */
const describeRefusal = (
  message: string,
  { code, faults, cause }: ErrorParts,
): readonly string[] => {
  if (code === 'unauthenticated') return ['The server does not know this key.', KEY_ADVICE]
  if (code === 'forbidden') return ['The server does not allow this key to do that.', KEY_ADVICE]
  const named = (Array.isArray(faults) ? faults : []) as { field: string; message: string }[]
  const lines = named.map((fault) => `${fault.field}: ${fault.message}`)
  if (lines.length > 0 && message === lines.join('; ')) return lines
  if (lines.length > 0) return [message, ...lines.map((line) => `  ${line}`)]
  return [message, ...causesOf({ cause })]
}

/** Class 08 means that the server is unreachable, and the message says so. */
const describeDatabase = (message: string, code: string): string =>
  code.startsWith('08') ? message : `The database refused: ${message} (SQLSTATE ${code})`

const describeSystem = (message: string, { code }: ErrorParts): string => {
  const reason = /^[A-Z]+: (.*)$/.exec(message)?.[1] ?? message
  return `The system refused: ${reason} (${String(code)}).`
}

/** Describes the chain of causes, because a wrapping error often says little. */
const causesOf = ({ cause }: ErrorParts): readonly string[] => {
  if (typeof cause !== 'object' || cause === null) return []
  return describeFailure(cause).map((line) => `  ${line}`)
}
