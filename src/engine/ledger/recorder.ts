import { TollgateError } from '../../contract/errors.ts'
import type { CallOptions } from '../../contract/tollgate.ts'
import type { UsageEventInput } from '../../contract/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Clock } from '../clock.ts'
import type { Context } from '../context.ts'
import { itemToRecord } from './record.ts'

const RETRY_FIRST_MS = 100
const RETRY_MOST_MS = 10_000

/**
 * The queue behind `enqueue`: written when `flushAt` events wait or the first has waited for
 * `flushAfterMs`. Bounded: when it is full, callers wait until it is not. While the store is away
 * it keeps what it has and tries again; nothing that was taken is dropped.
 */
export class Recorder {
  readonly #ctx: Context
  readonly #options: { flushAt: number; flushAfterMs: number; capacity: number }
  #items: UsageItem[] = []
  #writing = 0
  #cancelTimer: (() => void) | undefined
  #flushing: Promise<void> | undefined
  #waiters: (() => void)[] = []
  #closed = false

  constructor(ctx: Context, options: { flushAt: number; flushAfterMs: number; capacity: number }) {
    this.#ctx = ctx
    this.#options = options
  }

  /** Events that were taken and are not committed yet. */
  get length(): number {
    return this.#items.length + this.#writing
  }

  /** Resolves once the event is checked and in the queue; rejects with what is wrong with it. */
  async add(input: UsageEventInput, options: CallOptions): Promise<void> {
    const item = await itemToRecord(this.#ctx, input, options)
    while (this.length >= this.#options.capacity) {
      this.#startFlush()
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
    if (this.#closed) throw new TollgateError('unavailable', 'Tollgate is closing')
    this.#items.push(item)
    if (this.#items.length >= this.#options.flushAt) this.#startFlush()
    else this.#cancelTimer ??= this.#after(this.#options.flushAfterMs)
  }

  /** Writes everything that is queued, and waits for it. */
  async flush(): Promise<void> {
    while (this.length > 0) {
      this.#startFlush()
      await this.#flushing
    }
  }

  /** Takes nothing more, writes what was taken. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
  }

  #after(delayMs: number): () => void {
    return this.#ctx.clock.after(delayMs, () => this.#startFlush())
  }

  #startFlush(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#flushing ??= this.#run().finally(() => {
      this.#flushing = undefined
    })
  }

  async #run(): Promise<void> {
    while (this.#items.length > 0) {
      const items = this.#items
      this.#items = []
      this.#writing = items.length
      await Promise.all(items.map((item) => this.#write(item)))
      this.#writing = 0
      for (const proceed of this.#waiters.splice(0)) proceed()
    }
  }

  async #write(item: UsageItem): Promise<void> {
    for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MOST_MS)) {
      try {
        this.#count(item, await this.#ctx.ledger.record(item))
        return
      } catch (error) {
        if (isLost(error)) {
          this.#ctx.counters.eventsRejected += 1
          this.#ctx.log.error({ error, item }, 'a queued event was refused by the store')
          return
        }
        this.#ctx.log.warn({ error }, 'queued events could not be written; trying again')
        await pause(this.#ctx.clock, delayMs)
      }
    }
  }

  #count(item: UsageItem, outcome: string): void {
    const { counters, log } = this.#ctx
    if (outcome === 'recorded') {
      counters.eventsRecorded += 1
      if (item.priceSource === 'unpriced') counters.eventsUnpriced += 1
    } else if (outcome === 'duplicate') counters.eventsDuplicate += 1
    else {
      counters.eventsRejected += 1
      log.error({ outcome, item }, 'a queued event was refused')
    }
  }
}

/** The store answered and refuses this event for good: trying again cannot help. */
const isLost = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code))

const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delayMs, resolve)
  })
