import { type ErrorCode, TollgateError } from '../../contract/errors.ts'
import { isOfStore } from '../group-commit/store-guard.ts'

const MOST_TEXT = 2_000

/** A step that says itself that another try is of no use. */
export class StepStopped extends Error {
  override readonly name = 'StepStopped'
}

/** Tollgate's own words for what will be no other at the next try. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  ...(['invalid_request', 'unauthenticated', 'forbidden', 'not_found'] as const),
  ...(['already_exists', 'unprocessable', 'idempotency_conflict'] as const),
])

/** Whether a person is needed at once. */
export const isHopeless = (error: unknown): boolean =>
  error instanceof StepStopped || (error instanceof TollgateError && HOPELESS.has(error.code))

/** The store itself: nothing is wrong with the step, which is done later, as often as it takes. */
export const isStoreTrouble = (error: unknown): boolean =>
  isOfStore(error) || (error instanceof TollgateError && isOfStore(error.cause))

export const failureText = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error))
    .toWellFormed()
    .replaceAll('\0', '')
    .slice(0, MOST_TEXT)
