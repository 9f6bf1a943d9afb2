import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Call } from '../../contract/usage.ts'
import type { Journal } from '../../journal/journal.ts'
import type { Place } from '../../journal/segments.ts'
import type { RecordAsk, RecordOutcome } from '../../storage/gate/usage.ts'
import type { Context } from '../context.ts'
import type { Done } from '../group-commit/group-commit.ts'
import { isItemFault } from '../group-commit/item-fault.ts'
import { isBusy } from '../group-commit/store-guard.ts'
import { countRecorded } from './count-recorded.ts'
import type { JournaledAsk } from './journal-line.ts'
import { itemToRecord } from './record.ts'

const RETRY_FIRST_MS = 100
const RETRY_MOST_MS = 10_000
const STUCK_RETRY_MS = 1_000
/** It takes a fifth of a millisecond. */
const ROWS_IN_A_TURN = 50
/** A statement costs far more than one more event in it. So a busy queue is written less often. */
const PAUSE_MS = 250

/** An event to be recorded, with its place in the journal until it is. */
export interface QueuedAsk extends JournaledAsk {
  place?: Place | undefined
}

/** Stores an event that the ledger refused, for people to inspect. */
export type RefusedAside = (ask: RecordAsk, reason: string) => Promise<void>

interface RecorderOptions {
  readonly flushAt: number
  /** During the pause after a write, the queue is written at this many. */
  readonly flushAtMost: number
  readonly flushAfterMs: number
  readonly capacity: number
}

/**
 * The queue behind `enqueue`. It is written when `flushAt` events wait, or when the first one has
 * waited for `flushAfterMs`. It is bounded: callers wait while it is full.
 *
 * After a write at `flushAt` events, it pauses for a quarter of a second, unless `flushAtMost` wait.
 *
 * While the store is unavailable, it retries and drops nothing. With a journal, an event is in the
 * journal before it is queued, and until it is recorded.
 */
export class Recorder {
  readonly #ctx: Context
  readonly #options: RecorderOptions
  #journal: Journal<QueuedAsk> | undefined
  #refuse: RefusedAside | undefined
  #queued: QueuedAsk[] = []
  #unwritten = 0
  #failed: QueuedAsk[] = []
  /** Events of locked organizations. No other event waits for these. */
  #stuck: QueuedAsk[] = []
  #retryMs = RETRY_FIRST_MS
  #cancelTimer: (() => void) | undefined
  #cancelPause: (() => void) | undefined
  #waiting: (() => void)[] = []
  #idle: (() => void)[] = []
  #closed = false
  #isSending = false

  constructor(ctx: Context, options: RecorderOptions) {
    this.#ctx = ctx
    this.#options = options
  }

  /** The number of accepted events that are not committed yet. */
  get length(): number {
    return this.#queued.length + this.#unwritten + this.#stuck.length
  }

  get isJournaled(): boolean {
    return this.#journal !== undefined
  }

  /** From now on, events go to the journal before they are queued. */
  attach(journal: Journal<QueuedAsk>, refuse: RefusedAside): void {
    this.#journal = journal
    this.#refuse = refuse
  }

  /**
   * Resolves once the event is checked and queued, and with a journal, synced to disk. Rejects with
   * its faults. If the journal does not accept it, it is recorded before this resolves.
   */
  async add(input: Call, options: CallOptions): Promise<void> {
    const prepared = itemToRecord(this.#ctx, input, options)
    const item = prepared instanceof Promise ? await prepared : prepared
    while (!(await this.put({ item }, 'synced'))) {
      if (!this.#isFull) return this.#recordNow({ item })
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async #recordNow(ask: RecordAsk): Promise<void> {
    const { guard, ledger } = this.#ctx
    this.#count(ask, await guard.run(() => ledger.record(ask)))
  }

  /**
   * Queues a decided event: at once, or with a journal once it is written or synced as requested.
   * False: the queue is full, or the journal does not accept it.
   */
  put(ask: QueuedAsk, promise: 'written' | 'synced'): boolean | Promise<boolean> {
    if (this.#closed) throw new TollgateError('unavailable', { detail: 'Tollgate is closing' })
    if (this.#isFull) {
      this.#send()
      return false
    }
    if (this.#journal) return this.#journal.isTaking && this.#journal.keep(ask, promise)
    this.take(ask)
    return true
  }

  get #isFull(): boolean {
    return this.length >= this.#options.capacity
  }

  /** Queues an event. With a journal, it must be in the journal already. */
  take(ask: QueuedAsk): void {
    this.#queued.push(ask)
    const { flushAt, flushAtMost } = this.#options
    if (this.#queued.length >= (this.#cancelPause ? flushAtMost : flushAt)) this.#sendSoon()
    else this.#cancelTimer ??= this.#ctx.clock.after(this.#options.flushAfterMs, () => this.#send())
  }

  /** Writes all queued events and waits for them. Events of locked organizations are tried once. */
  async flush(): Promise<void> {
    this.#send()
    if (this.#unwritten > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Accepts nothing more, and writes the accepted events. */
  async close(): Promise<void> {
    this.#closed = true
    this.#cancelPause?.()
    await this.#journal?.drain()
    // With a journal, the next start retries the failed events.
    const left = this.#journal ? this.#failed.splice(0) : []
    for (let count = 0; count < left.length; count++) this.#written()
    await this.flush()
    while (this.#stuck.length > 0) {
      this.#sendStuck()
      await this.flush()
    }
  }

  /** Writes after this turn, so that calls under decision do not wait for it. */
  #sendSoon(): void {
    if (this.#isSending) return
    this.#isSending = true
    this.#pause()
    setImmediate(() => this.#makeRows(this.#queued, 0))
  }

  #pause(): void {
    const { flushAt, flushAtMost } = this.#options
    if (flushAtMost <= flushAt || this.#closed) return
    this.#cancelPause?.()
    this.#cancelPause = this.#ctx.clock.after(PAUSE_MS, () => {
      this.#cancelPause = undefined
      if (this.#queued.length >= flushAt) this.#sendSoon()
    })
  }

  /**
   * Makes the rows of queued events, some in each turn, and then writes. So requests are served
   * meanwhile. Events that join later wait for nothing: their rows are made with the write.
   */
  #makeRows(asks: readonly QueuedAsk[], from: number): void {
    const end = Math.min(from + ROWS_IN_A_TURN, this.#options.flushAtMost, asks.length)
    // Another write may have taken them all meanwhile.
    if (from === end || asks !== this.#queued) {
      this.#isSending = false
      this.#send()
      return
    }
    for (let index = from; index < end; index++) makeRow(asks[index] as QueuedAsk)
    setImmediate(() => this.#makeRows(asks, end))
  }

  #send(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    const asks = this.#queued
    this.#queued = []
    this.#unwritten += asks.length
    for (const ask of asks) this.#ctx.ledger.add(ask, this.#done)
  }

  /** Counts a recorded event, sets a refused one aside, or queues it for a retry. */
  readonly #done: Done<QueuedAsk, RecordOutcome> = (ask, outcome, error) => {
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
      const which = namesOf(ask)
      this.#ctx.log.error({ error, ...which }, 'a queued event was refused by the store')
    }
    const isKept = outcome === 'recorded' || outcome === 'duplicate'
    if (isKept || !this.#refuse) ask.place?.applied()
    else {
      this.#refuse(ask, outcome ?? String(error)).then(
        () => ask.place?.applied(),
        // Then the event stays in the journal.
        (cause: unknown) => this.#ctx.log.error({ error: cause }, 'a refused event was not kept'),
      )
    }
    this.#written()
  }

  /** Retries events after a failure of the store. The pause doubles with each failure in a row. */
  #tryAgain(ask: QueuedAsk, error: unknown): void {
    if (this.#closed && ask.place) {
      // The event is in the journal, where the next process finds it.
      this.#written()
      return
    }
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

  /** Separates the events of a locked organization. */
  #keepStuck(ask: QueuedAsk, error: unknown): void {
    if (this.#closed && ask.place) {
      this.#written()
      return
    }
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

  /** One event is done: wakes a waiting caller, and those that wait for an empty queue. */
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
      log.error({ outcome, ...namesOf(ask) }, 'a queued event was refused')
    }
  }
}

/** The row of an event that was decided on leases is made when it is first read. */
const makeRow = ({ item, spent }: QueuedAsk): void => {
  void item
  void spent
}

/** Identifies an event in the log. Its content belongs to the customer and is not logged. */
const namesOf = ({ item: { organizationId, id, eventType } }: RecordAsk) => ({
  organizationId,
  eventId: id,
  eventType,
})
