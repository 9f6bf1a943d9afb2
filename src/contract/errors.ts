import type { Fault } from '../core/fault.ts'

/**
 * The catalogue of errors: every way in which Tollgate rejects a request. Refusals by the gate are
 * decisions, not errors.
 */
export const ERRORS = {
  invalid_request: {
    status: 400,
    title: 'The request is not valid',
  },
  unauthenticated: {
    status: 401,
    title: 'A credential is needed',
  },
  forbidden: {
    status: 403,
    title: 'This credential may not do this',
  },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: {
    status: 405,
    title: 'This path does not have that method',
  },
  already_exists: {
    status: 409,
    title: 'It already exists',
  },
  in_flight: {
    status: 409,
    title: 'The first request with this key is in progress',
  },
  reservation_ended: {
    status: 409,
    title: 'The reservation has ended',
  },
  incomplete: { status: 408, title: 'The request was not complete in time' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: {
    status: 415,
    title: 'This body format is not supported',
  },
  idempotency_conflict: {
    status: 422,
    title: 'This id was used with another payload',
  },
  unprocessable: {
    status: 422,
    title: 'The request names something unusable',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many wrong credentials',
  },
  too_many_streams: {
    status: 429,
    title: 'Too many open streams',
  },
  too_many_requests: {
    status: 429,
    title: 'Too many requests',
  },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  overloaded: {
    status: 503,
    title: 'Too much is waiting to be written',
  },
  unavailable: {
    status: 503,
    title: 'The store cannot serve now',
  },
  timed_out: {
    status: 504,
    title: 'The answer did not come in time',
  },
  internal: { status: 500, title: 'Something went wrong here' },
} as const satisfies Record<string, { status: number; title: string }>

export type ErrorCode = keyof typeof ERRORS

/** Seconds until the same request may succeed; only for codes where waiting helps. */
export const RETRY_AFTER_SECONDS: Readonly<Partial<Record<ErrorCode, number>>> = {
  in_flight: 1,
  too_many_attempts: 60,
  overloaded: 1,
  unavailable: 5,
}

export interface TollgateErrorOptions {
  /** Describes the error for people. Default: the title of the code. */
  readonly detail?: string
  /** The faulty fields, with paths such as `events[3].eventType`. */
  readonly faults?: readonly Fault[]
  readonly cause?: unknown
  /** When a retry may succeed, if known. */
  readonly retryAfterSeconds?: number
  /** The `X-Request-Id` of the failed HTTP request. */
  readonly requestId?: string
}

/**
 * The only error class of Tollgate. `code` says what is wrong, and narrows in a `switch`.
 *
 * @example
 * ```ts
 * try {
 *   await tollgate.organizations.get({ organizationId: 'nobody' })
 * } catch (error) {
 *   if (!(error instanceof TollgateError) || error.code !== 'not_found') throw error
 * }
 * ```
 */
export class TollgateError extends Error {
  override readonly name = 'TollgateError'
  declare readonly code: ErrorCode
  /** The HTTP status of the code. */
  declare readonly status: number
  declare readonly faults: readonly Fault[]
  declare readonly retryAfterSeconds: number | undefined
  declare readonly requestId: string | undefined

  constructor(code: ErrorCode, options: TollgateErrorOptions = {}) {
    const { detail = ERRORS[code].title, cause } = options
    super(detail, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = ERRORS[code].status
    this.faults = options.faults ?? []
    this.retryAfterSeconds = options.retryAfterSeconds
    this.requestId = options.requestId
  }
}

/** Builds an `invalid_request` error from faults. */
export const invalid = (...faults: Fault[]): TollgateError =>
  new TollgateError('invalid_request', {
    detail: faults.map((fault) => `${fault.field}: ${fault.message}`).join('; '),
    faults,
  })
