import { TollgateError } from '../../contract/errors.ts'
import { DatabaseError } from '../../storage/database-error.ts'
import type { Clock } from '../clock.ts'
import { AuthorityUnavailable } from '../counters/authority/authority-unavailable.ts'
import { CircuitBreaker } from '../counters/authority/circuit-breaker.ts'
import { withDeadline } from '../counters/authority/deadline.ts'

/**
 * The store is unreachable, did not answer in time, or cannot execute, for example because its disk
 * is full. Each limit's failure policy then applies.
 */
export const isAway = (error: unknown): boolean =>
  error instanceof AuthorityUnavailable ||
  (error instanceof DatabaseError && error.trouble !== undefined && error.trouble.kind !== 'busy')

/** It is unknown whether the statement was executed. */
export const mayBeDone = (error: unknown): boolean =>
  error instanceof AuthorityUnavailable || (error instanceof DatabaseError && error.unreachable)

/** An error of the store. The call itself is valid, and may succeed later. */
export const isOfStore = (error: unknown): boolean =>
  error instanceof AuthorityUnavailable || (error instanceof DatabaseError && !!error.trouble)

/** The error for the caller. */
export const storeUnavailable = (cause: unknown): TollgateError => {
  if (cause instanceof TollgateError) return cause
  const reason = cause instanceof DatabaseError ? cause.trouble?.reason : undefined
  return new TollgateError('unavailable', { cause, ...(reason && { detail: reason }) })
}

/**
 * Another transaction keeps the organization locked. The store works: only this organization is
 * affected, and the caller may try again.
 */
export const isBusy = (error: unknown): boolean =>
  error instanceof DatabaseError && error.isLockWait

/**
 * Limits how long decisions wait for a store that is away. Each has a time limit, and after several
 * failures in a row the store is not asked for a while. A statement's own error counts as an
 * answer.
 */
export class StoreGuard {
  readonly #breaker: CircuitBreaker
  readonly #clock: Clock
  readonly #timeoutMs: number

  constructor(clock: Clock, timeoutMs: number) {
    this.#breaker = new CircuitBreaker({ clock, isFailure: isAway })
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#breaker.run(() => withDeadline(work(), this.#timeoutMs, this.#clock))
  }
}
