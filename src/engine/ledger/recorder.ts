import { TollgateError } from '../../contract/errors.ts'
import type { CallOptions } from '../../contract/tollgate.ts'
import type { UsageEventInput } from '../../contract/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Clock } from '../clock.ts'
import type { Context } from '../context.ts'
import { isItemFault } from './item-fault.ts'
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
  #queued: UsageItem[] = []
  #unwritten = 0
  #cancelTimer: (() => void) | undefined
  #waiting: (() => void)[] = []
  #idle: (() => void)[] = []
  #closed = false

  constructor(ctx: Context, options: { flushAt: number; flushAfterMs: number; capacity: number }) {
    this.#ctx = ctx
    this.#options = options
  }

  /** Events that were taken and are not committed yet. */
  get length(): number {
    return this.#queued.length + this.#unwritten
  }

  /** Resolves once the event is checked and in the queue; rejects with what is wrong with it. */
  async add(input: UsageEventInput, options: CallOptions): Promise<void> {
    const item = await itemToRecord(this.#ctx, input, options)
    while (this.length >= this.#options.capacity) {
      this.#send()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    if (this.#closed) throw new TollgateError('unavailable', 'Tollgate is closing')
    this.#queued.push(item)
    if (this.#queued.length >= this.#options.flushAt) this.#send()
    else this.#cancelTimer ??= this.#ctx.clock.after(this.#options.flushAfterMs, () => this.#send())
  }

  /** Writes everything that is queued, and waits for it. */
  async flush(): Promise<void> {
    this.#send()
    if (this.#unwritten > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Takes nothing more, writes what was taken. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
  }

  #send(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const items = this.#queued
    this.#queued = []
    this.#unwritten += items.length
    if (items.length > 0) void this.#write(items)
  }

  /** Writes until all are written or refused for good; what only failed is tried again together. */
  async #write(taken: readonly UsageItem[]): Promise<void> {
    let items = taken
    for (let delayMs = RETRY_FIRST_MS; ; delayMs = Math.min(delayMs * 2, RETRY_MOST_MS)) {
      const failures = await Promise.all(items.map((item) => this.#writeOne(item)))
      const failed = failures.filter((failure) => failure !== undefined)
      const [first] = failed
      if (!first) return
      const { error } = first
      this.#ctx.log.warn({ error, events: failed.length }, 'queued events will be tried again')
      await pause(this.#ctx.clock, delayMs)
      items = failed.map((failure) => failure.item)
    }
  }

  async #writeOne(item: UsageItem): Promise<{ item: UsageItem; error: unknown } | undefined> {
    try {
      this.#count(item, await this.#ctx.ledger.record(item))
    } catch (error) {
      if (!isItemFault(error)) return { item, error }
      this.#ctx.counters.eventsRejected += 1
      this.#ctx.log.error({ error, item }, 'a queued event was refused by the store')
    }
    this.#written()
    return undefined
  }

  /** There is room for one more, and perhaps nothing left to wait for. */
  #written(): void {
    this.#unwritten -= 1
    this.#waiting.shift()?.()
    if (this.#unwritten === 0) for (const resolve of this.#idle.splice(0)) resolve()
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

const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delayMs, resolve)
  })
