import { ERRORS, type ErrorCode, TollgateError } from '../contract/errors.ts'
import type { Fault } from '../core/fault.ts'

/**
 * Returns undefined for text that is not JSON. Such an answer comes from a proxy, not from
 * Tollgate.
 */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Converts a problem document to an error. */
export const errorOf = (
  { status, headers }: Response,
  { code, detail, errors }: Readonly<Record<string, unknown>>,
): TollgateError => {
  const retryAfterSeconds = secondsOf(headers.get('retry-after'))
  const requestId = headers.get('x-request-id') ?? undefined
  if (!isErrorCode(code)) {
    return new TollgateError(status >= 502 && status <= 504 ? 'unavailable' : 'internal', {
      detail: `answered ${status}, but not by Tollgate: check the URL`,
      retryAfterSeconds,
      requestId,
    })
  }
  return new TollgateError(code, {
    detail: typeof detail === 'string' ? detail : undefined,
    faults: faultsOf(errors),
    retryAfterSeconds,
    requestId,
  })
}

export const unreachable = (cause: unknown): TollgateError =>
  new TollgateError('unavailable', { detail: 'Tollgate cannot be reached', cause })

/** Parses `Retry-After`, which is seconds or a date. */
const secondsOf = (header: string | null): number | undefined => {
  if (header === null) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined
}

const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERRORS, code)

const faultsOf = (errors: unknown): readonly Fault[] =>
  Array.isArray(errors)
    ? errors.map(({ field, message }: Fault) => ({
        field: String(field),
        message: String(message),
      }))
    : []
