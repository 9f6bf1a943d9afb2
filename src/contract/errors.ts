import type { Fault } from '../core/fault.ts'

/**
 * The catalogue: every way in which Tollgate says no to a request (a refusal by the gate is not
 * among them: that is a decision, a value). `fix` says what to do about it.
 */
export const ERRORS = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
    fix: 'Correct the fields that `errors` names.',
  },
  unauthenticated: {
    status: 401,
    title: 'A credential is needed',
    fix: 'Send `Authorization: Bearer <key>` with the admin key or an API key of the organization.',
  },
  forbidden: {
    status: 403,
    title: 'This credential may not do that',
    fix: 'Use a credential that may, such as the platform admin key.',
  },
  not_found: { status: 404, title: 'There is no such thing', fix: 'Check the id in the path.' },
  method_not_allowed: {
    status: 405,
    title: 'This path does not take that method',
    fix: 'Use one of the methods that `Allow` names.',
  },
  already_exists: {
    status: 409,
    title: 'It exists already',
    fix: 'Choose another id, or change the one that exists.',
  },
  in_flight: {
    status: 409,
    title: 'The first request with this key is still being answered',
    fix: 'Send it again after `Retry-After` seconds.',
  },
  reservation_ended: {
    status: 409,
    title: 'The reservation has ended',
    fix: 'Make a new reservation.',
  },
  body_too_large: { status: 413, title: 'The body is too large', fix: 'Send smaller batches.' },
  unsupported_media_type: {
    status: 415,
    title: 'The body is in a format that is not understood',
    fix: 'Send JSON, or CloudEvents 1.0 as JSON.',
  },
  idempotency_conflict: {
    status: 422,
    title: 'This id was used before with another payload',
    fix: 'Use a new id for a new event, and the same payload for a retry.',
  },
  unprocessable: {
    status: 422,
    title: 'The request names something that cannot be used',
    fix: 'Correct the fields that `errors` names.',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many wrong credentials came from there',
    fix: 'Wait for `Retry-After` seconds, and send a credential that is known.',
  },
  too_many_streams: {
    status: 429,
    title: 'Too many streams of this organization are open',
    fix: 'Close one, or let its readers share one.',
  },
  overloaded: {
    status: 503,
    title: 'Too much is waiting to be written',
    fix: 'Send it again after `Retry-After` seconds.',
  },
  unavailable: {
    status: 503,
    title: 'The store cannot be reached',
    fix: 'Send it again after `Retry-After` seconds.',
  },
  internal: { status: 500, title: 'Something went wrong here', fix: 'Report the request id.' },
} as const satisfies Record<string, { status: number; title: string; fix: string }>

export type ErrorCode = keyof typeof ERRORS

/** The one error class. `faults` name the fields at fault, with paths such as `events[3].eventType`. */
export class TollgateError extends Error {
  override readonly name = 'TollgateError'
  readonly code: ErrorCode
  readonly status: number
  readonly faults: readonly Fault[]
  /** When the same may succeed, where that is known. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: ErrorCode,
    detail?: string,
    faults: readonly Fault[] = [],
    cause?: unknown,
    retryAfterSeconds?: number,
  ) {
    super(detail ?? ERRORS[code].title, cause === undefined ? undefined : { cause })
    this.retryAfterSeconds = retryAfterSeconds
    this.code = code
    this.status = ERRORS[code].status
    this.faults = faults
  }
}

/** The request is refused because of these fields. */
export const invalid = (...faults: Fault[]): TollgateError =>
  new TollgateError(
    'invalid_request',
    faults.map((fault) => `${fault.field}: ${fault.message}`).join('; '),
    faults,
  )
