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
  const isOurs = typeof code === 'string' && Object.hasOwn(ERRORS, code)
  const fallback = status >= 502 && status <= 504 ? 'unavailable' : 'internal'
  return new TollgateError(isOurs ? (code as ErrorCode) : fallback, {
    detail: isOurs
      ? (detail as string | undefined)
      : `answered ${status}, but not by Tollgate: check the URL`,
    faults: isOurs && Array.isArray(errors) ? (errors as readonly Fault[]) : undefined,
    retryAfterSeconds: secondsOf(headers.get('retry-after')),
    requestId: headers.get('x-request-id') ?? undefined,
  })
}

/** Parses `Retry-After`, which is seconds or a date. */
const secondsOf = (header: string | null): number | undefined => {
  if (header === null) return undefined
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined
}
