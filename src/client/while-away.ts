import type { CallOptions, Replayable } from '../contract/call.ts'
import type { Decision } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import type { ClientClock } from './client-clock.ts'
import type { Ask } from './kept-use.ts'
import type { NamedReservation } from './local-holds.ts'
import type { UseQueue } from './use-queue.ts'

/** Errors that mean Tollgate did not answer or cannot decide. All others are answers. */
const AWAY = new Set(['unavailable', 'timed_out', 'overloaded'])

/** Failures in a row before Tollgate counts as unreachable. A single one may be an accident. */
const FAILURES = 3
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 5_000

/** The most kinds of calls to remember. The least recently seen kind is forgotten. */
const MOST_KINDS = 10_000

/** The calls that are decided here while Tollgate is unreachable. */
export type GateVerb = 'track' | 'reserve'

/** Decides a call here. `isOpen`: all its limits are open. `waitMs`: until the next attempt. */
export type DecideHere = (isOpen: boolean, waitMs: number) => Replayable<Decision>

export interface AwayParts {
  readonly clock: ClientClock
  readonly queue: UseQueue
  readonly ask: Ask
  /** Reads the server's policy from an answer. */
  readonly onFailureOf: (answer: object) => string | undefined
}

/**
 * Decides calls while Tollgate is unreachable. The server sends the policy of its limits with each
 * allowed call. If all limits of a call are open, it is allowed; otherwise it is refused.
 */
export class WhileAway {
  readonly #parts: AwayParts
  readonly #openKinds = new Map<string, boolean>()
  #failures = 0
  #pauseMs = 0
  /** Until this time no requests are sent. Afterwards one request at a time probes. */
  #untilMs = 0
  #isProbing = false

  constructor(parts: AwayParts) {
    this.#parts = parts
  }

  /** Notes that Tollgate has answered. */
  isBack(): void {
    this.#failures = 0
    this.#pauseMs = 0
  }

  /** Asks the server. While it is unreachable, decides by `here`. */
  async decide(
    verb: GateVerb,
    input: NamedReservation,
    options: CallOptions,
    here: DecideHere,
  ): Promise<Replayable<Decision>> {
    const kind = kindOf(verb, input, options)
    const decideHere = () => here(this.#mayPass(kind, input), this.#untilMs - this.#nowMs())
    if (!this.#mayAsk()) return decideHere()
    const isProbe = this.#isAway
    if (isProbe) this.#isProbing = true
    try {
      const given = isProbe ? { ...options, retries: 0 } : options
      const decision = (await this.#parts.ask(verb, input, given)) as Replayable<Decision>
      this.#learn(kind, decision)
      this.isBack()
      this.#parts.queue.resume()
      return decision
    } catch (error) {
      if (!(error instanceof TollgateError)) throw error
      if (!AWAY.has(error.code)) {
        this.isBack()
        throw error
      }
      this.#failed(isProbe)
      return decideHere()
    } finally {
      if (isProbe) this.#isProbing = false
    }
  }

  /** Whether all limits of such a call are open. */
  isOpen(verb: GateVerb, input: NamedReservation, options: CallOptions): boolean {
    return this.#mayPass(kindOf(verb, input, options), input)
  }

  /** Only the server knows what is left of a budget. */
  #mayPass(kind: string, { budget }: NamedReservation): boolean {
    return budget === undefined && this.#openKinds.get(kind) === true
  }

  get #isAway(): boolean {
    return this.#pauseMs > 0
  }

  #mayAsk(): boolean {
    if (!this.#isAway) return true
    const leftMs = this.#untilMs - this.#nowMs()
    // If the clock was set back, the pause must not become longer.
    return !this.#isProbing && (leftMs <= 0 || leftMs > this.#pauseMs)
  }

  #failed(isProbe: boolean): void {
    this.#failures += 1
    // Requests that were sent before the pause say nothing new.
    if (!isProbe && (this.#isAway || this.#failures < FAILURES)) return
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2), LONGEST_PAUSE_MS)
    this.#untilMs = this.#nowMs() + this.#pauseMs
  }

  /** Only an allowed call has passed all its limits, so only its policy is complete. */
  #learn(kind: string, decision: Decision): void {
    const onFailure = this.#parts.onFailureOf(decision)
    if (onFailure === undefined) return
    this.#openKinds.delete(kind)
    this.#openKinds.set(kind, onFailure === 'open')
    if (this.#openKinds.size <= MOST_KINDS) return
    for (const [oldest] of this.#openKinds) {
      this.#openKinds.delete(oldest)
      return
    }
  }

  #nowMs(): number {
    return this.#parts.clock.now().getTime()
  }
}

/**
 * Calls of one kind touch the same limits. The kind has the verb, because only `reserve` touches
 * limits on open holds. It also has the names of positive amounts, and whether a user and an API
 * key are named.
 */
const kindOf = (
  verb: GateVerb,
  { organizationId, eventType, userId, estimate, quantities = {}, ...rest }: NamedReservation,
  { apiKeyId }: CallOptions,
): string => {
  const tokens = Object.entries(rest).filter(([name]) => name.endsWith('Tokens'))
  const given = [...Object.entries(estimate ?? quantities), ...tokens].filter(([, many]) => many)
  const names = given.map(([name]) => name).sort()
  const subjects = [typeof userId === 'string', apiKeyId !== undefined]
  return JSON.stringify([verb, organizationId, eventType, ...subjects, ...names])
}
