import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Call } from '../../contract/usage.ts'
import type { RecordAsk, RecordOutcome } from '../../storage/tables/usage.ts'
import type { Context } from '../context.ts'
import { isBusy } from '../gate/store-guard.ts'
import { countRecorded } from '../gate/track.ts'
import type { Done } from './group-commit.ts'
import { isItemFault } from './item-fault.ts'
import { itemToRecord } from './record.ts'

const RETRY_FIRST_MS = 100
const RETRY_MOST_MS = 10_000
const STUCK_RETRY_MS = 1_000

/**
 * The queue behind `enqueue`: written when `flushAt` events wait or the first has waited for
 * `flushAfterMs`. Bounded: when it is full, callers wait until it is not. While the store is away
 * it keeps what it has and tries again; nothing that was taken is dropped.
 */
export class Recorder {
  readonly #ctx: Context
  readonly #options: { flushAt: number; flushAfterMs: number; capacity: number }
  #queued: RecordAsk[] = []
  #unwritten = 0
  #failed: RecordAsk[] = []
  /** Of organizations that somebody keeps locked: nobody else waits for these. */
  #stuck: RecordAsk[] = []
  #retryMs = RETRY_FIRST_MS
  #cancelTimer: (() => void) | undefined
  #waiting: (() => void)[] = []
  #idle: (() => void)[] = []
  #closed = false
  #isSending = false

  constructor(ctx: Context, options: { flushAt: number; flushAfterMs: number; capacity: number }) {
    this.#ctx = ctx
    this.#options = options
  }

  /** Events that were taken and are not committed yet. */
  get length(): number {
    return this.#queued.length + this.#unwritten + this.#stuck.length
  }

  /** Resolves once the event is checked and in the queue; rejects with what is wrong with it. */
  async add(input: Call, options: CallOptions): Promise<void> {
    const prepared = itemToRecord(this.#ctx, input, options)
    const item = prepared instanceof Promise ? await prepared : prepared
    while (!this.put({ item })) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Queues what has been decided, at once. False when the queue is full. */
  put(ask: RecordAsk): boolean {
    if (this.#closed) throw new TollgateError('unavailable', { detail: 'Tollgate is closing' })
    if (this.length >= this.#options.capacity) {
      this.#send()
      return false
    }
    this.#queued.push(ask)
    if (this.#queued.length >= this.#options.flushAt) this.#sendSoon()
    else this.#cancelTimer ??= this.#ctx.clock.after(this.#options.flushAfterMs, () => this.#send())
    return true
  }

  /** Writes everything that is queued, and waits for it; for what somebody keeps locked once. */
  async flush(): Promise<void> {
    this.#send()
    if (this.#unwritten > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Takes nothing more, writes what was taken. */
  async close(): Promise<void> {
    this.#closed = true
    await this.flush()
    while (this.#stuck.length > 0) {
      this.#sendStuck()
      await this.flush()
    }
  }

  /** When this turn is over: whoever is being decided about does not wait for the writing. */
  #sendSoon(): void {
    if (this.#isSending) return
    this.#isSending = true
    setImmediate(() => {
      this.#isSending = false
      this.#send()
    })
  }

  #send(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const asks = this.#queued
    this.#queued = []
    this.#unwritten += asks.length
    for (const ask of asks) this.#ctx.ledger.add(ask, this.#done)
  }

  /** What became of an event: counted, refused for good, or to be tried again with others. */
  readonly #done: Done<RecordAsk, RecordOutcome> = (ask, outcome, error) => {
    if (isBusy(error)) {
      this.#keepStuck(ask, error)
      return
    }
    if (error !== undefined && !isItemFault(error)) {
      this.#tryAgain(ask, error)
      return
    }
    if (outcome !== undefined) this.#count(ask, outcome)
    else {
      this.#ctx.counters.eventsRejected += 1
      this.#ctx.log.error({ error, item: ask.item }, 'a queued event was refused by the store')
    }
    this.#written()
  }

  /** What failed without being anyone's fault waits together, longer each time in a row. */
  #tryAgain(ask: RecordAsk, error: unknown): void {
    this.#failed.push(ask)
    if (this.#failed.length > 1) return
    this.#ctx.log.warn({ error }, 'queued events could not be written; trying again')
    this.#ctx.clock.after(this.#retryMs, () => {
      const again = this.#failed
      this.#failed = []
      for (const failed of again) this.#ctx.ledger.add(failed, this.#done)
    })
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MOST_MS)
  }

  /** What waits for a lock of somebody's waits apart. */
  #keepStuck(ask: RecordAsk, error: unknown): void {
    this.#stuck.push(ask)
    this.#left()
    if (this.#stuck.length > 1) return
    const { organizationId } = ask.item
    this.#ctx.log.warn({ error, organizationId }, 'an organization is locked; trying again')
    this.#ctx.clock.after(STUCK_RETRY_MS, () => this.#sendStuck())
  }

  #sendStuck(): void {
    const again = this.#stuck
    this.#stuck = []
    this.#unwritten += again.length
    for (const ask of again) this.#ctx.ledger.add(ask, this.#done)
  }

  /** There is room for one more, and perhaps nothing left to wait for. */
  #written(): void {
    this.#retryMs = RETRY_FIRST_MS
    this.#waiting.shift()?.()
    this.#left()
  }

  #left(): void {
    this.#unwritten -= 1
    if (this.#unwritten === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  #count(ask: RecordAsk, outcome: RecordOutcome): void {
    const { counters, log } = this.#ctx
    if (outcome === 'recorded') countRecorded(this.#ctx, ask.item)
    else if (outcome === 'duplicate') counters.eventsDuplicate += 1
    else {
      counters.eventsRejected += 1
      log.error({ outcome, item: ask.item }, 'a queued event was refused')
    }
  }
}
