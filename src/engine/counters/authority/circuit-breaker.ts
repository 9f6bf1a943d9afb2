import { AuthorityUnavailable } from './authority-unavailable.ts'

/** When to stop asking, and when to try again. */
export interface CircuitBreakerOptions {
  readonly clock: { now(): Date }
  /** Whether an error counts as no answer. Default: every error does. */
  readonly isFailure?: (error: unknown) => boolean
  /** Failures in a row that open it. Default 5. */
  readonly failures?: number
  /** How long it stays open first. Default 1 s; doubles with each failed probe. */
  readonly pauseMs?: number
  /** How long it stays open at most. Default 10 s. */
  readonly longestPauseMs?: number
}

/** `closed`: calls go through. `open`: none does. `half-open`: one does, to see. */
export type CircuitState = 'closed' | 'open' | 'half-open'

/**
 * Keeps callers from waiting for something that has stopped to answer: after some failures in a
 * row they fail at once, and one of them in a while finds out whether it answers again.
 */
export class CircuitBreaker {
  readonly #clock: { now(): Date }
  readonly #isFailure: (error: unknown) => boolean
  readonly #failures: number
  readonly #pauseMs: number
  readonly #longestPauseMs: number
  #state: CircuitState = 'closed'
  #failuresInRow = 0
  #nextPauseMs: number
  #openSinceMs = 0
  #pauseNowMs = 0

  constructor(options: CircuitBreakerOptions) {
    this.#clock = options.clock
    this.#isFailure = options.isFailure ?? (() => true)
    this.#failures = options.failures ?? 5
    this.#pauseMs = options.pauseMs ?? 1_000
    this.#longestPauseMs = options.longestPauseMs ?? 10_000
    this.#nextPauseMs = this.#pauseMs
  }

  get state(): CircuitState {
    return this.#state
  }

  /** Runs the work, or throws `AuthorityUnavailable` at once while it is of no use to try. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const probe = this.#enter()
    try {
      const value = await work()
      this.#answered(probe)
      return value
    } catch (error) {
      if (!this.#isFailure(error)) this.#answered(probe)
      else if (probe) this.#open()
      else if (this.#state === 'closed') this.#countFailure()
      throw error
    }
  }

  /** Whether this call is the probe. */
  #enter(): boolean {
    if (this.#state === 'closed') return false
    const pausedMs = this.#clock.now().getTime() - this.#openSinceMs
    // A clock that was set back must not keep it open for longer.
    const over = pausedMs >= this.#pauseNowMs || pausedMs < 0
    if (this.#state === 'half-open' || !over) {
      throw new AuthorityUnavailable('It has not answered lately, so it is not asked for now.')
    }
    this.#state = 'half-open'
    return true
  }

  #answered(probe: boolean): void {
    if (probe) this.#close()
    // A call from before it opened says nothing of the present; only the probe does.
    else if (this.#state === 'closed') this.#failuresInRow = 0
  }

  #close(): void {
    this.#state = 'closed'
    this.#failuresInRow = 0
    this.#nextPauseMs = this.#pauseMs
  }

  #countFailure(): void {
    this.#failuresInRow += 1
    if (this.#failuresInRow >= this.#failures) this.#open()
  }

  #open(): void {
    this.#state = 'open'
    this.#openSinceMs = this.#clock.now().getTime()
    this.#pauseNowMs = this.#nextPauseMs
    this.#nextPauseMs = Math.min(this.#nextPauseMs * 2, this.#longestPauseMs)
  }
}
