import { type ErrorCode, TollgateError } from '../../contract/errors.ts'
import { isOfStore } from '../group-commit/store-guard.ts'

const MOST_TEXT = 2_000

/** A step throws this when another try would be useless. */
export class StepStopped extends Error {
  override readonly name = 'StepStopped'
}

/** Error codes that will be the same at the next try. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set([
  ...(['invalid_request', 'unauthenticated', 'forbidden', 'not_found'] as const),
  ...(['already_exists', 'unprocessable', 'idempotency_conflict'] as const),
])

/** True if retries are useless, and a person must act. */
export const isHopeless = (error: unknown): boolean =>
  error instanceof StepStopped || (error instanceof TollgateError && HOPELESS.has(error.code))

/** True if the database failed, not the step. The step is then retried without limit. */
export const isStoreTrouble = (error: unknown): boolean =>
  isOfStore(error) || (error instanceof TollgateError && isOfStore(error.cause))

export const failureText = (error: unknown): string =>
  (error instanceof Error ? error.message || error.name : String(error))
    .toWellFormed()
    .replaceAll('\0', '')
    .slice(0, MOST_TEXT)
