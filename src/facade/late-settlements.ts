import type { ReservationState } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import type { Hold, HoldSettlement } from '../contract/hold.ts'
import type { OnUnsettled } from './run.ts'
import type { Timers } from './timers.ts'

export interface LateSettlementsParts {
  readonly timers: Pick<Timers, 'after'>
  /** Called once for each settlement that is given up. */
  readonly onUnsettled: OnUnsettled
}

interface Waiting {
  readonly hold: Hold
  readonly attempt: () => Promise<ReservationState>
  readonly used: HoldSettlement | undefined
  readonly error: unknown
}

/** Errors after which the same settlement may succeed later. */
const AWAY = new Set(['unavailable', 'timed_out', 'overloaded'])
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 30_000
/** The most waiting settlements. Any more are lost, and reported. */
const CAPACITY = 10_000
/** How many are tried at once when closing. */
const LANES = 8
const CLOSES_WITHIN_MS = 10_000

/**
 * Settles holds of finished work, and retries while the store or the server is away. A settlement
 * counts in full after its hold has expired, and repeating it changes nothing. So work that ends in
 * an outage is billed once the outage is over. The queue is in memory and ends with the process.
 */
export class LateSettlements {
  readonly #parts: LateSettlementsParts
  readonly #waiting: Waiting[] = []
  #pauseMs = FIRST_PAUSE_MS
  #cancelTimer: (() => void) | undefined
  #retrying: Promise<void> | undefined
  #isClosed = false

  constructor(parts: LateSettlementsParts) {
    this.#parts = parts
  }

  get size(): number {
    return this.#waiting.length
  }

  /**
   * Tries once. Returns `undefined` if the settlement was queued for a retry or given up. `used`
   * names what would be lost; absent for a release.
   */
  async settle(
    hold: Hold,
    attempt: () => Promise<ReservationState>,
    used?: HoldSettlement,
  ): Promise<ReservationState | undefined> {
    try {
      return await attempt()
    } catch (error) {
      const mayRetry = isAway(error) && !this.#isClosed && this.#waiting.length < CAPACITY
      if (mayRetry) {
        this.#waiting.push({ hold, attempt, used, error })
        this.#arm()
      } else this.#parts.onUnsettled(error, hold, used)
      return undefined
    }
  }

  /**
   * Retries each that waits once more, several at a time, and reports those that fail. After
   * `withinMs` it begins no further attempts, and reports the rest. From here on, a settlement that
   * fails is reported at once.
   */
  async close({ withinMs = CLOSES_WITHIN_MS } = {}): Promise<void> {
    this.#isClosed = true
    this.#disarm()
    let isLate = false
    const cancel = this.#parts.timers.after(withinMs, () => {
      isLate = true
    })
    const lane = async (): Promise<void> => {
      for (;;) {
        const next = isLate ? undefined : this.#waiting.shift()
        if (!next) return
        await next.attempt().catch((error) => {
          this.#parts.onUnsettled(error, next.hold, next.used)
        })
      }
    }
    await this.#retrying
    await Promise.all(Array.from({ length: LANES }, lane))
    cancel()
    for (const { error, hold, used } of this.#waiting.splice(0)) {
      this.#parts.onUnsettled(error, hold, used)
    }
  }

  #arm(): void {
    if (this.#retrying || this.#isClosed) return
    this.#cancelTimer ??= this.#parts.timers.after(this.#pauseMs, () => {
      this.#cancelTimer = undefined
      this.#retrying = this.#retry().finally(() => {
        this.#retrying = undefined
        if (this.#waiting.length > 0) this.#arm()
      })
    })
  }

  #disarm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  /**
   * Retries in order, until one finds the store unreachable: the rest would only time out too. That
   * one goes to the end. If only its organization is locked, the others are settled next time.
   */
  async #retry(): Promise<void> {
    for (;;) {
      const next = this.#waiting[0]
      if (!next) break
      let error: unknown
      try {
        await next.attempt()
      } catch (thrown) {
        error = thrown
      }
      this.#waiting.shift()
      if (isAway(error)) {
        this.#waiting.push({ ...next, error })
        this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS)
        return
      }
      if (error !== undefined) this.#parts.onUnsettled(error, next.hold, next.used)
    }
    this.#pauseMs = FIRST_PAUSE_MS
  }
}

const isAway = (error: unknown): boolean => error instanceof TollgateError && AWAY.has(error.code)
