import { FIXES } from '../contract/error-fixes.ts'
import { ERRORS, TollgateError } from '../contract/errors.ts'
import type { CalledTool } from './desk.ts'
import { plainText } from './untrusted.ts'

/**
 * Tollgate's own sentences may be longer than other values. Text that they quote was sent by the
 * caller.
 */
const MOST_DETAIL = 500
const MOST_FAULTS = 20

/** Converts any thrown value to an error of the catalogue. */
export const asKnownError = (thrown: unknown): TollgateError =>
  thrown instanceof TollgateError ? thrown : new TollgateError('internal', { cause: thrown })

/** Describes an error to an assistant. `internal` errors reveal nothing. */
export const toolProblem = (error: TollgateError): CalledTool => {
  const { title, status } = ERRORS[error.code]
  const { faults, retryAfterSeconds } = error
  const told = {
    code: error.code,
    title,
    status,
    detail: error.code === 'internal' ? title : plainText(error.message, MOST_DETAIL),
    ...(faults.length > 0 && {
      errors: faults.slice(0, MOST_FAULTS).map(({ field, message }) => ({
        field: plainText(field),
        message: plainText(message, MOST_DETAIL),
      })),
    }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    fix: FIXES[error.code],
  }
  return { content: [{ type: 'text', text: JSON.stringify({ error: told }) }], isError: true }
}
