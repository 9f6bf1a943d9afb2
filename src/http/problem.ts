import { z } from 'zod'
import { FIXES } from '../contract/error-fixes.ts'
import { ERRORS, type ErrorCode, RETRY_AFTER_SECONDS, TollgateError } from '../contract/errors.ts'
import { answered } from '../contract/schema-names.ts'
import { errorHeaders, problemType } from '../decision/error-problem.ts'
import { isOfStore, storeUnavailable } from '../engine/group-commit/store-guard.ts'

/** Every answer that is not a success is a problem document (RFC 9457). */
export const problemSchema = answered(
  'Problem',
  z.object({
    type: z.string().describe('a URN that identifies the kind of problem and never changes'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    instance: z.string().describe('the path of the request'),
    code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .optional()
      .describe('the faulty fields, with paths such as `events[3].eventType`'),
    requestId: z.string().describe('the value of the header `X-Request-Id`'),
    fix: z.string().describe('how to fix it'),
    reason: z.string().optional().describe('why the gate could not decide, if that is the problem'),
    decision: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('the refusal, if `reason` is set'),
  }),
)
export type Problem = z.output<typeof problemSchema>

/** The request in which a problem occurred. */
export interface ProblemPlace {
  readonly requestId: string
  readonly instance: string
}

/** True when the answer says when to retry. */
export const saysWhen = (code: ErrorCode): boolean => RETRY_AFTER_SECONDS[code] !== undefined

/** Builds the problem document of an error. An `internal` error reveals only the request id. */
export const problemResponse = (
  error: TollgateError,
  place: ProblemPlace,
  extensions: Pick<Problem, 'reason' | 'decision'> = {},
  headers: Readonly<Record<string, string>> = {},
): Response => {
  const { status, title } = ERRORS[error.code]
  const fix = FIXES[error.code]
  const problem: Problem = {
    type: problemType(error.code),
    title,
    status,
    detail: error.code === 'internal' ? title : error.message,
    instance: place.instance,
    code: error.code,
    ...(error.faults.length > 0 ? { errors: [...error.faults] } : {}),
    ...extensions,
    requestId: place.requestId,
    fix,
  }
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...errorHeaders(error),
      ...headers,
    },
  })
}

/** Converts any thrown value to an error that may be answered. */
export const asTollgateError = (thrown: unknown): TollgateError => {
  if (thrown instanceof TollgateError) return thrown
  return isOfStore(thrown)
    ? storeUnavailable(thrown)
    : new TollgateError('internal', { cause: thrown })
}
