import { ERRORS, RETRY_AFTER_SECONDS, type TollgateError } from '../contract/errors.ts'

/** An error as a problem document (RFC 9457) for the host's own caller. */
export interface ErrorProblem {
  /** The same for every error with this code: `urn:tollgate:problem:unauthenticated`. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail?: string
}

/** The problem type of an error code. */
export const problemType = (code: TollgateError['code']): string =>
  `urn:tollgate:problem:${code.replaceAll('_', '-')}`

/** Builds the problem document of an error. An `internal` error shows only its title. */
export const errorProblem = ({ code, message }: TollgateError): ErrorProblem => {
  const { status, title } = ERRORS[code]
  const type = problemType(code)
  return code === 'internal' || message === title
    ? { type, title, status }
    : { type, title, status, detail: message }
}

/**
 * Returns `Retry-After` if waiting helps, and the authentication challenge for a missing
 * credential.
 */
export const errorHeaders = ({
  code,
  retryAfterSeconds,
}: TollgateError): Record<string, string> => {
  const retryAfter = retryAfterSeconds ?? RETRY_AFTER_SECONDS[code]
  return {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...(code === 'unauthenticated' && { 'www-authenticate': 'Bearer' }),
  }
}
