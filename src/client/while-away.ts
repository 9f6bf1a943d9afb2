import type { CallOptions, Replayable } from '../contract/call.ts'
import type { Allowed, Decided, Decision, Refused } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import type { Call } from '../contract/usage.ts'
import type { ClientClock } from './client-clock.ts'
import type { UseQueue } from './use-queue.ts'

/** Errors that mean Tollgate did not answer or cannot decide. All others are answers. */
const AWAY = new Set(['unavailable', 'timed_out', 'overloaded'])

/** Failures in a row before Tollgate counts as unreachable. A single one may be an accident. */
const FAILURES = 3
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 5_000

/** The most kinds of calls to remember. The least recently seen kind is forgotten. */
const MOST_KINDS = 10_000

export interface AwayParts {
  readonly clock: ClientClock
  readonly queue: UseQueue
  readonly track: (input: Call, options: CallOptions) => Promise<Replayable<Decision>>
  /** Reads the server's policy from an answer. */
  readonly onFailureOf: (answer: object) => string | undefined
}

/**
 * Answers `track` while Tollgate is unreachable. If all limits of a call are open, the call is
 * allowed, queued, and recorded later under its id. Otherwise it is refused with the reason
 * `unavailable`. The server sends the policy with each allowed call.
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

  async track(
    input: Call & { readonly id: string },
    options: CallOptions,
  ): Promise<Replayable<Decision>> {
    const kind = kindOf(input, options)
    if (!this.#mayAsk()) return this.#decidedHere(input, options, kind)
    const isProbe = this.#isAway
    if (isProbe) this.#isProbing = true
    try {
      const decision = await this.#parts.track(
        input,
        isProbe ? { ...options, retries: 0 } : options,
      )
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
      return this.#decidedHere(input, options, kind)
    } finally {
      if (isProbe) this.#isProbing = false
    }
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

  #decidedHere(
    input: Call & { readonly id: string },
    { apiKeyId }: CallOptions,
    kind: string,
  ): Replayable<Decision> {
    const timestamp = input.timestamp ?? this.#parts.clock.now().toISOString()
    const isKept =
      this.#openKinds.get(kind) === true &&
      this.#parts.queue.keep({ text: JSON.stringify({ ...input, timestamp }), apiKeyId })
    return isKept ? letThrough(input.id) : refused(input.id, this.#untilMs - this.#nowMs())
  }

  #nowMs(): number {
    return this.#parts.clock.now().getTime()
  }
}

/**
 * Calls of one kind touch the same limits. The kind has the names of positive amounts, and whether
 * a user and an API key are named.
 */
const kindOf = (
  { organizationId, eventType, userId, quantities = {}, ...rest }: Call,
  { apiKeyId }: CallOptions,
): string => {
  const tokens = Object.entries(rest).filter(([name]) => name.endsWith('Tokens'))
  const given = [...Object.entries(quantities), ...tokens].filter(([, amount]) => amount)
  const names = given.map(([name]) => name).sort()
  const subjects = [typeof userId === 'string', apiKeyId !== undefined]
  return JSON.stringify([organizationId, eventType, ...subjects, ...names])
}

const decided = (id: string): Omit<Decided, 'usage'> => ({
  decisionId: id,
  credits: 0,
  remaining: null,
  resetAt: null,
  limits: [],
  degraded: true,
})

/** The price is known only once the use is recorded. */
const letThrough = (id: string): Replayable<Allowed> => ({
  ...decided(id),
  allowed: true,
  reason: null,
  replayed: false,
  usage: { creditsConsumed: 0, remainingCredits: null, usageEventId: id },
})

const refused = (id: string, waitMs: number): Replayable<Refused> => ({
  ...decided(id),
  allowed: false,
  reason: 'unavailable',
  replayed: false,
  retryAfter: Math.max(1, Math.ceil(waitMs / 1_000)),
  usage: { creditsConsumed: 0, remainingCredits: null, usageEventId: null },
})
