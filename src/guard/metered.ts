import type { Decision, UsageBlock } from '../contract/decision.ts'
import type { HoldSettlement, RunHold } from '../contract/hold.ts'
import type { CurrentCall } from './current-call.ts'

/** What a handler is told of the call that it serves. */
export interface Metered extends CurrentCall {
  /** The yes of the gate; none in the mode `record`. */
  readonly decision: Decision | undefined
  /** In the mode `reserve`. */
  readonly hold?: RunHold
  /**
   * Sets what was used so far. Each call replaces the one before; the last is settled.
   *
   * @throws TypeError in the mode `track`, where the call is recorded already.
   */
  used(amounts: HoldSettlement): void
}

/** What goes with an answer. */
export interface Passed {
  readonly headers: Readonly<Record<string, string>>
  /** When the call is settled or recorded; in the mode `record` it says nothing. */
  readonly settled: Promise<UsageBlock | undefined>
}

/** What of an answer decides how its call ends. */
export interface Answered {
  readonly status: number
}

/** Serves a request that was let in. Resolves with the answer, or when it is over. */
export type Work<Answer extends Answered> = (call: Metered, passed: Passed) => Promise<Answer>

/** What a framework's door knows of a request. */
export interface Arrival<Request, Context = undefined> {
  /** The framework's own, for the functions of the options. */
  readonly request: Request
  readonly context: Context
  readonly method: string
  /** The route's pattern, or the path. */
  readonly endpoint: string
  /** Aborts when whoever waits for the answer has left. Read when it is needed only. */
  readonly signal: AbortSignal | undefined
  /** In place of the option of this name, where it is another for each request. */
  readonly waitUntil?: (settled: Promise<unknown>) => void
}
