import type { TollgateEngine } from '../contract/tollgate.ts'
import { splitEventData } from '../core/event-data.ts'
import type { Timers } from '../facade/timers.ts'
import { opened, type Source } from './source.ts'

export interface UsageTrackerOptions {
  /** Writes once this many of the tracker's events wait. Default 100. */
  readonly batchSize?: number
  /** The longest wait before a write. Default 5,000. */
  readonly flushIntervalMs?: number
}

export interface TrackedEvent {
  readonly tenantId: string
  readonly eventType: string
  readonly userId?: string
  readonly eventData?: Readonly<Record<string, unknown>>
  readonly id?: string
}

/**
 * Queues use in the engine, which writes it in batches. With a journal, use survives the process as
 * soon as `track` resolves.
 */
export interface UsageTracker {
  /** Resolves when the event is queued. A full queue makes callers wait. */
  track(event: TrackedEvent): Promise<void>
  /** Resolves when the whole queue is in the ledger. */
  flush(): Promise<void>
  /** Flushes the queue and stops the timer. */
  shutdown(): Promise<void>
}

const BATCH_SIZE = 100
const FLUSH_INTERVAL_MS = 5_000

export const usageTrackerOf = (
  source: Source<TollgateEngine>,
  timers: Timers,
): (new (
  options?: UsageTrackerOptions,
) => UsageTracker) =>
  class implements UsageTracker {
    readonly #batchSize: number
    readonly #flushIntervalMs: number
    #waiting = 0
    #cancelTimer: (() => void) | undefined

    constructor({
      batchSize = BATCH_SIZE,
      flushIntervalMs = FLUSH_INTERVAL_MS,
    }: UsageTrackerOptions = {}) {
      this.#batchSize = batchSize
      this.#flushIntervalMs = flushIntervalMs
    }

    async track({ tenantId, eventData = {}, ...event }: TrackedEvent): Promise<void> {
      const { fields, properties } = splitEventData(eventData)
      const tollgate = await opened(source)
      await tollgate.enqueue({ ...fields, ...event, organizationId: tenantId, properties })
      this.#waiting += 1
      if (this.#waiting >= this.#batchSize) this.#flushBehind()
      else this.#cancelTimer ??= timers.after(this.#flushIntervalMs, () => this.#flushBehind())
    }

    async flush(): Promise<void> {
      this.#waiting = 0
      this.#cancelTimer?.()
      this.#cancelTimer = undefined
      await (await opened(source)).flush()
    }

    shutdown(): Promise<void> {
      return this.flush()
    }

    /**
     * Nobody waits for this flush. Unwritten events stay queued, and the engine logs the failure.
     */
    #flushBehind(): void {
      this.flush().catch(() => {})
    }
  }
