/// <reference lib="esnext.disposable" preserve="true" />
import type { CallOptions, Replayable } from './call.ts'
import type { Allowed, Refused, ReservationDecision, ReservationState } from './decision.ts'
import type { Amounts, Used } from './usage.ts'

/** What `extend` adds, and until when. With an `id`, sent again it adds nothing more. */
export type Extension = Amounts & { readonly id?: string; readonly expiresInMs?: number }

/** What `settle` records. `estimated`: nobody knows the truth, so this is the estimate. */
export type HoldSettlement = Used & { readonly estimated?: boolean }

/**
 * A yes that holds an amount. Data with verbs: as JSON it is the decision alone.
 *
 * @example
 * ```ts
 * const hold = await tollgate.reserve({
 *   organizationId: 'acme',
 *   eventType: 'chat_message',
 *   quantities: { tokens: 1_500 },
 * })
 * if (!hold.allowed) throw new Error(hold.reason)
 * try {
 *   await hold.settle({ inputTokens: 820, outputTokens: 310 })
 * } finally {
 *   await hold[Symbol.asyncDispose]() // releases what was not settled
 * }
 * ```
 */
export interface Hold extends Replayable<Allowed>, AsyncDisposable {
  readonly reservationId: string
  readonly expiresAt: string
  /** How long it holds from the answer on; of an answer that is given again, what is left. */
  readonly expiresInMs: number
  /** Aborts when the hold has expired: stop the work, nothing covers it any more. */
  readonly signal: AbortSignal
  /** Holds more, or for longer. A no leaves the hold as it was. */
  extend(more: Extension, options?: CallOptions): Promise<Replayable<ReservationDecision>>
  /**
   * Records what was used, in full, and gives the rest back. Without amounts: what was held, marked
   * `estimated`; nothing must be said as 0. Again: the first result.
   */
  settle(used?: HoldSettlement, options?: CallOptions): Promise<Replayable<ReservationState>>
  /** Gives all of it back. `await using` does so when neither was called. */
  release(options?: CallOptions): Promise<Replayable<ReservationState>>
}

/** A no can be disposed of too, or `await using` would not take the union. */
export type HoldRefused = Replayable<Refused> & AsyncDisposable

/** What `run` gives the work: the hold, and a way to say what was used before the work is over. */
export type RunHold = Hold & {
  /**
   * Sets what was used so far. Each call replaces the one before, and the last one is settled.
   * `undefined` takes all of them back: then nobody knows what was used.
   */
  used(amounts: HoldSettlement | undefined): void
}

/** What becomes of a hold whose work did not tell what it used. */
export type WhenUnknown = Partial<Record<'success' | 'abort' | 'error', 'estimate' | 'release'>>

export interface RunOptions<Result> extends CallOptions {
  /** What the result says was used. Of a stream it is asked when the stream has ended. */
  readonly usageOf?: (result: Result) => HoldSettlement | undefined
  /**
   * Without usage: the estimate, marked `estimated`, after a success or an abort, and nothing after
   * an error, unless this says otherwise.
   */
  readonly whenUnknown?: WhenUnknown
  /** How the work ended, kept with what it used. Asked just before it is settled. */
  readonly describe?: () => Pick<Used, 'status' | 'durationMs' | 'properties'>
  /**
   * Called once the hold has ended. Called with nothing where the store was away: then the hold is
   * settled later, in full.
   */
  readonly onEnd?: (state?: ReservationState) => void
}
