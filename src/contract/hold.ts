/// <reference lib="esnext.disposable" preserve="true" />
import type { CallOptions, Replayable } from './call.ts'
import type { Allowed, Refused, ReservationDecision, ReservationState } from './decision.ts'
import type { Amounts, Used } from './usage.ts'

/** The amounts that `extend` adds, and the new expiry. A repeated `id` adds nothing. */
export type Extension = Amounts & { readonly id?: string; readonly expiresInMs?: number }

/**
 * The amounts that `settle` records. `estimated`: the true amounts are unknown and these are a
 * guess.
 */
export type HoldSettlement = Used & { readonly estimated?: boolean }

/**
 * An allowed reservation, with verbs to extend, settle or release it. As JSON it is only the
 * decision.
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
  /** Milliseconds that the hold lasts from the answer on. In a replayed answer, what is left. */
  readonly expiresInMs: number
  /** Aborts when the hold expires. Stop the work then, because nothing covers it any more. */
  readonly signal: AbortSignal
  /** Holds more, or for longer. A refusal leaves the hold unchanged. */
  extend(more: Extension, options?: CallOptions): Promise<Replayable<ReservationDecision>>
  /**
   * Records the used amounts in full and releases the rest. Without amounts, records the held
   * amounts, marked `estimated`; pass 0 when nothing was used. A repeated call returns the first
   * result.
   */
  settle(used?: HoldSettlement, options?: CallOptions): Promise<Replayable<ReservationState>>
  /** Releases the whole hold. `await using` does so when neither method was called. */
  release(options?: CallOptions): Promise<Replayable<ReservationState>>
}

/** A refusal is disposable too, so that `await using` accepts the union. */
export type HoldRefused = Replayable<Refused> & AsyncDisposable

/** The argument of the work in `run`: the hold, and a way to report usage before the work ends. */
export type RunHold = Hold & {
  /**
   * Sets the usage so far. Each call replaces the last one, and the final value is settled.
   * `undefined` clears it: the usage is then unknown.
   */
  used(amounts: HoldSettlement | undefined): void
}

/** How a hold ends when its work did not report usage. */
export type WhenUnknown = Partial<Record<'success' | 'abort' | 'error', 'estimate' | 'release'>>

export interface RunOptions<Result> extends CallOptions {
  /** Reads the usage from the result. For a stream, it is called when the stream has ended. */
  readonly usageOf?: (result: Result) => HoldSettlement | undefined
  /**
   * How to settle without usage. Default: the estimate, marked `estimated`, after success or abort,
   * and nothing after an error.
   */
  readonly whenUnknown?: WhenUnknown
  /** How the work ended, stored with its usage. Called just before settling. */
  readonly describe?: () => Pick<Used, 'status' | 'durationMs' | 'properties'>
  /**
   * Called once the hold has ended. The argument is absent if the store was unreachable; the hold is
   * then settled later, in full.
   */
  readonly onEnd?: (state?: ReservationState) => void
}
