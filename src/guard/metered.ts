import type { Decision, UsageBlock } from '../contract/decision.ts'
import type { HoldSettlement, RunHold } from '../contract/hold.ts'
import type { CurrentCall } from './current-call.ts'

/** The call that a handler serves. */
export interface Metered extends CurrentCall {
  /** The gate's decision; absent in the mode `record`. */
  readonly decision: Decision | undefined
  /** Set in the mode `reserve`. */
  readonly hold?: RunHold
  /**
   * Sets the usage so far. Each call replaces the last one, and the final value is settled.
   *
   * @throws TypeError in the mode `track`, because the call is already recorded.
   */
  used(amounts: HoldSettlement): void
}

/** The call of a request over HTTP. */
export interface MeteredRoute extends Metered {
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal
}

/** The headers of an answer, and its settlement. */
export interface Passed {
  readonly headers: Readonly<Record<string, string>>
  /** Resolves when the call is settled or recorded; without a value in the mode `record`. */
  readonly settled: Promise<UsageBlock | undefined>
}

/** The part of an answer that decides how its call is settled. */
export interface Answered {
  readonly status: number
}

/** Serves an admitted request. Resolves with the answer, or when it has ended. */
export type Work<Answer extends Answered> = (call: Metered, passed: Passed) => Promise<Answer>

/** A request as the framework's adapter sees it. */
export interface Arrival<Request, Context = undefined> {
  /** The framework's own request, for the functions in the options. */
  readonly request: Request
  readonly context: Context
  readonly method: string
  /** The route's pattern, or the path. */
  readonly endpoint: string
  /** Aborts when the client disconnects. Read only when needed. */
  readonly signal: AbortSignal | undefined
  /** Overrides the option of the same name for this request. */
  readonly waitUntil?: (settled: Promise<unknown>) => void
}
