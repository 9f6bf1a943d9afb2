import type { Refused } from '../contract/decision.ts'
import { ERRORS, type ErrorCode, TollgateError } from '../contract/errors.ts'
import { type ErrorProblem, errorHeaders, errorProblem } from '../decision/error-problem.ts'
import { decisionHeaders } from '../decision/headers.ts'
import { type RefusalProblem, refusalProblem } from '../decision/response.ts'

/** The answer to a request that is not let in. */
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

/** A no of the gate. */
export const refusalDenial = (refused: Refused): Denial =>
  new Denial(refusalProblem(refused), decisionHeaders(refused))

/** What whoever identifies callers says no by. */
export const errorDenial = (error: TollgateError): Denial =>
  new Denial(errorProblem(error), errorHeaders(error))

/** Failures of ours that a caller may try again, or caused by an id of theirs. */
const TOLD: ReadonlySet<ErrorCode> = new Set([
  'unavailable',
  'overloaded',
  'in_flight',
  'idempotency_conflict',
])

/** By its name: a bundler may have copied the class. */
export const isNamed = <Named extends Error>(error: unknown, name: Named['name']): error is Named =>
  error instanceof Error && error.name === name

/**
 * Where the gate could not decide. What is the caller's to know is told; all else, such as a wrong
 * name in the host's options, is a fault of the host and says nothing of itself.
 */
export const failureDenial = (error: unknown): Denial => {
  // Not even opened, or not reached.
  if (!isNamed<TollgateError>(error, 'TollgateError')) {
    return errorDenial(new TollgateError('unavailable'))
  }
  if (TOLD.has(error.code)) return errorDenial(withoutDetail(error, error.code))
  // Over HTTP: whether it was decided, nobody knows.
  if (error.code === 'timed_out') return errorDenial(withoutDetail(error, 'unavailable'))
  return errorDenial(withoutDetail(error, 'internal'))
}

const withoutDetail = ({ retryAfterSeconds }: TollgateError, code: ErrorCode): TollgateError =>
  new TollgateError(code, { detail: ERRORS[code].title, retryAfterSeconds })
