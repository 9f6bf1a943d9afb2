import type { Refused } from '../contract/decision.ts'
import { ERRORS, type ErrorCode, TollgateError } from '../contract/errors.ts'
import { type ErrorProblem, errorHeaders, errorProblem } from '../decision/error-problem.ts'
import { decisionHeaders } from '../decision/headers.ts'
import { type RefusalProblem, refusalProblem } from '../decision/response.ts'

/** The answer to a request that was not admitted. */
export class Denial {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly problem: RefusalProblem | ErrorProblem

  constructor(problem: Denial['problem'], headers: Denial['headers']) {
    this.status = problem.status
    this.problem = problem
    this.headers = { ...headers, 'content-type': 'application/problem+json' }
  }

  get body(): string {
    return JSON.stringify(this.problem)
  }
}

/** Builds the denial for a refusal by the gate. */
export const refusalDenial = (refused: Refused): Denial =>
  new Denial(refusalProblem(refused), decisionHeaders(refused))

/** Builds the denial for an error that `identify` threw. */
export const errorDenial = (error: TollgateError): Denial =>
  new Denial(errorProblem(error), errorHeaders(error))

/** Errors that a caller may retry, or that the caller's own id caused. */
const TOLD: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'overloaded',
  'in_flight',
  'idempotency_conflict',
])

/** Compares the name, because a bundler may have copied the class. */
export const isNamed = <Named extends Error>(error: unknown, name: Named['name']): error is Named =>
  error instanceof Error && error.name === name

/**
 * Builds the denial for a call that the gate could not decide. Only errors that concern the caller
 * are shown. Others, such as a wrong name in the host's options, are faults of the host and stay
 * hidden.
 */
export const failureDenial = (error: unknown): Denial => {
  // The engine could not be opened or reached.
  if (!isNamed<TollgateError>(error, 'TollgateError')) {
    return errorDenial(new TollgateError('unavailable'))
  }
  if (TOLD.has(error.code)) return errorDenial(withoutDetail(error, error.code))
  // Over HTTP, it is unknown whether the call was decided.
  if (error.code === 'timed_out') return errorDenial(withoutDetail(error, 'unavailable'))
  return errorDenial(withoutDetail(error, 'internal'))
}

const withoutDetail = ({ retryAfterSeconds }: TollgateError, code: ErrorCode): TollgateError =>
  new TollgateError(code, { detail: ERRORS[code].title, retryAfterSeconds })
