import { AuthorityUnavailable } from './authority-unavailable.ts'

/** When the breaker opens, and when it tries again. */
export interface CircuitBreakerOptions {
  readonly clock: { now(): Date }
  /** True for errors that count as no answer. Default: all errors. */
  readonly isFailure?: (error: unknown) => boolean
  /** The failures in a row that open the breaker. Default 5. */
  readonly failures?: number
  /** The first pause. Default 1 s. It doubles with each failed probe. */
  readonly pauseMs?: number
  /** The longest pause. Default 10 s. */
  readonly longestPauseMs?: number
}

/** `closed`: calls pass. `open`: calls fail at once. `half-open`: one call probes. */
export type CircuitState = 'closed' | 'open' | 'half-open'

/**
 * Saves callers from waiting for a service that does not answer. After some failures in a row,
 * calls fail at once. After each pause, one call probes whether the service answers again.
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

  /** Runs the work. Throws `AuthorityUnavailable` at once while the breaker is open. */
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

  /** Returns true if this call is the probe. */
  #enter(): boolean {
    if (this.#state === 'closed') return false
    const pausedMs = this.#clock.now().getTime() - this.#openSinceMs
    // A clock that was set back must not prolong the pause.
    const over = pausedMs >= this.#pauseNowMs || pausedMs < 0
    if (this.#state === 'half-open' || !over) {
      throw new AuthorityUnavailable('It has not answered lately, so it is not asked for now.')
    }
    this.#state = 'half-open'
    return true
  }

  #answered(probe: boolean): void {
    if (probe) this.#close()
    // A call that started before the breaker opened says nothing about now. Only the probe does.
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
