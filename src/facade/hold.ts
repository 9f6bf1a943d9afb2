import type { CallOptions, Replayable } from '../contract/call.ts'
import type { Allowed, ReservationDecision, ReservationState } from '../contract/decision.ts'
import type { Extension, Hold, HoldRefused, HoldSettlement } from '../contract/hold.ts'
import type { Tollgate } from '../contract/tollgate.ts'
import type { Timers } from './timers.ts'

/** The verbs that a hold calls with its own id. */
type GateOfHold = Pick<Tollgate, 'extend' | 'settle' | 'release'>

/** The organization of a hold, its verbs, and its timers. */
export interface HoldParts {
  readonly gate: GateOfHold
  readonly timers: Timers
  readonly organizationId: string | undefined
  /** When the call was sent, by the same timers. */
  readonly sentAtMs: number
}

/** The symbol of common polyfills, for platforms without `Symbol.asyncDispose`. */
const ASYNC_DISPOSE: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')

/** Turns a decision of `reserve` into a hold or a refusal. */
export const holdOf = (
  decision: Replayable<ReservationDecision>,
  parts: HoldParts,
): Hold | HoldRefused => {
  if (decision.allowed) return new Held(decision, parts) as unknown as Hold
  const refused = Object.defineProperties({}, Object.getOwnPropertyDescriptors(decision))
  return Object.defineProperty(refused, ASYNC_DISPOSE, {
    value: async () => {},
  }) as unknown as HoldRefused
}

/** Its enumerable fields are those of the decision, so it reads and serializes like one. */
class Held {
  declare readonly reservationId: string
  declare readonly replayed: boolean
  readonly #decision: Replayable<ReservationDecision>
  readonly #parts: HoldParts
  #endsAtMs: number
  #isOver = false
  #ending: AbortController | undefined
  #cancelTimer: () => void = () => {}

  constructor(decision: Replayable<ReservationDecision & Allowed>, parts: HoldParts) {
    this.#decision = decision
    this.#parts = parts
    this.#endsAtMs = parts.sentAtMs + (decision.expiresInMs ?? 0)
    // Includes non-enumerable properties, which say how a client got its answer.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(decision))
    Object.defineProperty(this, ASYNC_DISPOSE, { value: () => this.#dispose() })
  }

  /** Created on first use, because most holds are settled long before they expire. */
  get signal(): AbortSignal {
    if (!this.#ending) {
      this.#ending = new AbortController()
      this.#watch()
    }
    return this.#ending.signal
  }

  async extend(more: Extension, options?: CallOptions): Promise<Replayable<ReservationDecision>> {
    const sentAtMs = this.#parts.timers.nowMs()
    const decision = await this.#parts.gate.extend({ ...more, ...this.#whose() }, options)
    if (decision.allowed && decision.expiresInMs !== null) {
      this.#endsAtMs = Math.max(this.#endsAtMs, sentAtMs + decision.expiresInMs)
      this.#watch()
    }
    return decision
  }

  async settle(
    used: HoldSettlement = {},
    options?: CallOptions,
  ): Promise<Replayable<ReservationState>> {
    const state = await this.#parts.gate.settle({ ...used, ...this.#whose() }, options)
    this.#end()
    return state
  }

  async release(options?: CallOptions): Promise<Replayable<ReservationState>> {
    const state = await this.#parts.gate.release(this.#whose(), options)
    this.#end()
    return state
  }

  /** Returns only the decision. */
  toJSON(): object {
    const { replayed: _, ...decision } = this.#decision
    return decision
  }

  #whose(): { readonly organizationId?: string; readonly reservationId: string } {
    const { organizationId } = this.#parts
    const { reservationId } = this
    return organizationId === undefined ? { reservationId } : { organizationId, reservationId }
  }

  async #dispose(): Promise<void> {
    if (!this.#isOver) await this.release()
  }

  #end(): void {
    this.#isOver = true
    this.#cancelTimer()
  }

  #watch(): void {
    this.#cancelTimer()
    if (!this.#ending || this.#isOver) return
    const { timers } = this.#parts
    const leftMs = Math.max(0, this.#endsAtMs - timers.nowMs())
    this.#cancelTimer = timers.after(leftMs, () => {
      this.#ending?.abort(new DOMException('the hold has expired', 'TimeoutError'))
    })
  }
}
