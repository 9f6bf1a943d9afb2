import { TollgateError } from '../../contract/errors.ts'
import { DatabaseError } from '../../storage/database-error.ts'
import type { Clock } from '../clock.ts'
import { AuthorityUnavailable } from '../counters/authority/authority-unavailable.ts'
import { CircuitBreaker } from '../counters/authority/circuit-breaker.ts'
import { withDeadline } from '../counters/authority/deadline.ts'

/**
 * The store cannot be asked, did not answer in time, or cannot do what is asked of it, such as write
 * on a full disk: each limit's policy says what follows.
 */
export const isAway = (error: unknown): boolean =>
  error instanceof AuthorityUnavailable ||
  (error instanceof DatabaseError && error.trouble !== undefined && error.trouble.kind !== 'busy')

/** Nobody can say whether what was asked was done. */
export const mayBeDone = (error: unknown): boolean =>
  error instanceof AuthorityUnavailable || (error instanceof DatabaseError && error.unreachable)

/** An error of the store's, for whoever asked: nothing is wrong with their call, it may succeed later. */
export const isOfStore = (error: unknown): boolean =>
  error instanceof AuthorityUnavailable || (error instanceof DatabaseError && !!error.trouble)

/** What to tell of it. */
export const storeUnavailable = (cause: unknown): TollgateError => {
  if (cause instanceof TollgateError) return cause
  const reason = cause instanceof DatabaseError ? cause.trouble?.reason : undefined
  return new TollgateError('unavailable', { cause, ...(reason && { detail: reason }) })
}

/**
 * Somebody's transaction keeps the organization locked. The store is there: this concerns that
 * organization alone, and whoever asks for it may ask again.
 */
export const isBusy = (error: unknown): boolean =>
  error instanceof DatabaseError && error.isLockWait

/**
 * Keeps decisions from waiting for a store that is away: each has a time-out, and after some in a
 * row the store is left alone for a while. What a statement itself refuses counts as an answer.
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
