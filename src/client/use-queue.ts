import type { CallOptions } from '../contract/call.ts'
import type { RecordResult } from '../contract/decision.ts'
import { TollgateError } from '../contract/errors.ts'
import type { Call } from '../contract/usage.ts'
import type { ClientClock } from './client-clock.ts'
import { WaitingByKey, type WaitingUse } from './waiting-by-key.ts'

/** How enqueued use is recorded: in batches, from a queue in memory. */
export interface BatchOptions {
  /** A batch is sent as soon as this many events wait. Default 100, at most 1,000. */
  readonly size?: number
  /** The longest wait before a batch is sent. Default 5,000. */
  readonly flushIntervalMs?: number
  /** The most events in the queue. Default 10,000. */
  readonly capacity?: number
  /**
   * How a full queue treats a new event: `wait` (the default) makes its caller wait, `reject`
   * throws `overloaded`.
   */
  readonly onOverflow?: 'wait' | 'reject'
  /**
   * Called with events that will not be recorded, and the reason: the server refused them, or the
   * client was closed while Tollgate was unreachable. Default: logs an error to the console.
   */
  readonly onLost?: (lost: LostUse) => void
}

/** Events that were not recorded. Each has the `id` and `timestamp` that were sent. */
export interface LostUse {
  readonly events: readonly Call[]
  readonly error: TollgateError
}

interface QueueParts {
  readonly options: BatchOptions
  readonly clock: ClientClock
  readonly record: (events: readonly Call[], options: CallOptions) => Promise<RecordResult>
  /** Called when a batch was recorded, which shows that Tollgate is reachable. */
  readonly onRecorded: () => void
}

interface RefusedUse {
  readonly use: WaitingUse
  readonly error: TollgateError
}

/** A body may be one mebibyte, and a character may take three bytes of it. */
const MOST_CHARACTERS = 340_000
const MOST_EVENTS = 1_000
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 10_000

/**
 * Errors caused by the events themselves. All other errors may be temporary, so the events stay
 * queued.
 */
const OF_EVENTS = new Set([
  ...['invalid_request', 'unprocessable', 'body_too_large', 'idempotency_conflict'],
  ...['not_found', 'forbidden', 'reservation_ended'],
])

/**
 * The queue of use on its way to the ledger. Every event is either recorded under its id or passed
 * to `onLost`. The queue is in memory and is lost with the process.
 */
export class UseQueue {
  readonly #parts: QueueParts
  readonly #size: number
  readonly #capacity: number
  readonly #intervalMs: number
  readonly #waiting = new WaitingByKey()
  readonly #wantRoom: (() => void)[] = []
  #sending: Promise<void> | undefined
  #cancelTimer: (() => void) | undefined
  /** Events up to this number are due. */
  #dueUntil = 0
  #pauseMs = 0
  #closed = false

  constructor(parts: QueueParts) {
    const { size = 100, capacity = 10_000, flushIntervalMs = 5_000 } = parts.options
    this.#parts = parts
    this.#size = checked('size', size, MOST_EVENTS)
    this.#capacity = checked('capacity', capacity, Number.MAX_SAFE_INTEGER)
    this.#intervalMs = checked('flushIntervalMs', flushIntervalMs, 2_147_483_647)
  }

  /** Adds an event. Resolves once it is in the queue. */
  async add(event: object, apiKeyId?: string): Promise<void> {
    const use = { text: JSON.stringify(event), apiKeyId }
    while (!this.keep(use)) {
      if (this.#parts.options.onOverflow === 'reject') {
        const detail = `${this.#capacity} events wait to be recorded`
        throw new TollgateError('overloaded', { detail })
      }
      await new Promise<void>((resolve) => this.#wantRoom.push(resolve))
    }
  }

  get hasRoom(): boolean {
    if (this.#closed) throw new TollgateError('unavailable', { detail: 'The client is closed' })
    return this.#waiting.length < this.#capacity
  }

  /** Adds an event if there is room. Returns whether there was. */
  keep(use: WaitingUse): boolean {
    if (!this.hasRoom) return false
    this.#waiting.push(use)
    // A send under way continues by itself. After a failure, only the pause decides the next
    // attempt.
    const isFull = this.#waiting.length >= this.#size
    if (isFull && !this.#sending && this.#pauseMs === 0) this.#sendDue()
    else this.#arm(this.#intervalMs)
    return true
  }

  /** Sends all waiting events. Resolves when they are sent; rejects when they cannot be. */
  async flush(): Promise<void> {
    // An attempt that began earlier may fail for an outdated reason.
    await this.#sending?.catch(() => undefined)
    this.#dueUntil = this.#waiting.last
    if (this.#waiting.length > 0) await this.#send()
  }

  /** Retries at once, because Tollgate has answered. */
  resume(): void {
    if (this.#pauseMs > 0) this.#sendDue()
  }

  /**
   * Closes the queue and sends what waits, for up to `withinMs`. Then passes the rest to `onLost`
   * and rejects.
   */
  async close({ withinMs = 10_000 }: { readonly withinMs?: number } = {}): Promise<void> {
    this.#closed = true
    for (const resolve of this.#wantRoom.splice(0)) resolve()
    const { clock } = this.#parts
    const untilMs = clock.now().getTime() + withinMs
    for (;;) {
      try {
        await this.flush()
        return
      } catch (error) {
        if (clock.now().getTime() + FIRST_PAUSE_MS > untilMs) {
          this.#lose(this.#waiting.takeAll(), error)
          this.#disarm()
          throw error
        }
        await new Promise<void>((resolve) => void clock.after(FIRST_PAUSE_MS, resolve))
      }
    }
  }

  #arm(delayMs: number): void {
    this.#cancelTimer ??= this.#parts.clock.after(delayMs, () => this.#sendDue())
  }

  #disarm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #sendDue(): void {
    this.#dueUntil = this.#waiting.last
    // Callers of `flush` see the error. Here a pause and another attempt follow.
    this.#send().catch(() => undefined)
  }

  /** Sends one batch at a time, so that the events of a key are recorded in order. */
  #send(): Promise<void> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
      if (this.#pauseMs > 0) this.#disarm()
      if (this.#waiting.length > 0) this.#arm(this.#pauseMs || this.#intervalMs)
    })
    return this.#sending
  }

  async #sendAll(): Promise<void> {
    this.#disarm()
    for (;;) {
      const oldest = this.#waiting.oldest
      if (!oldest) return
      if (oldest[0].nth > this.#dueUntil && this.#waiting.length < this.#size) return
      try {
        await this.#record(this.#batch(oldest))
      } catch (error) {
        this.#paused(error as TollgateError)
        throw error
      }
    }
  }

  /** Removes a batch. Batches of a key, and their halves, are sent in order. */
  #remove(batch: readonly WaitingUse[]): void {
    this.#pauseMs = 0
    this.#waiting.remove(batch)
    for (const resolve of this.#wantRoom.splice(0, batch.length)) resolve()
  }

  /** Takes the next events of a key that fit into one request. */
  #batch(uses: readonly WaitingUse[]): WaitingUse[] {
    let characters = 0
    const batch: WaitingUse[] = []
    for (const use of uses) {
      characters += use.text.length
      const isFull = batch.length >= this.#size || characters > MOST_CHARACTERS
      if (isFull && batch.length > 0) break
      batch.push(use)
    }
    return batch
  }

  /** Records a batch. A refused batch is halved repeatedly to find the faulty events. */
  async #record(batch: readonly WaitingUse[]): Promise<void> {
    let result: RecordResult
    try {
      // The queue itself retries.
      result = await this.#parts.record(eventsOf(batch), {
        apiKeyId: batch[0]?.apiKeyId,
        retries: 0,
      })
    } catch (error) {
      if (!(error instanceof TollgateError) || !OF_EVENTS.has(error.code)) throw error
      if (batch.length === 1) {
        await this.#settleRefused([{ use: batch[0] as WaitingUse, error }], batch)
        return
      }
      const half = batch.length >> 1
      await this.#record(batch.slice(0, half))
      return this.#record(batch.slice(half))
    }
    // A proxy may answer instead of Tollgate. Then nothing was recorded.
    if (!Array.isArray(result?.rejected)) {
      throw new TollgateError('internal', {
        detail: 'the answer is not from Tollgate: check the URL and any proxy',
      })
    }
    this.#parts.onRecorded()
    const refused = result.rejected.map(({ index, code, field, message }) => {
      const detail = `${field}: ${message}`
      const error = new TollgateError(code, { detail, faults: [{ field, message }] })
      return { use: batch[index] as WaitingUse, error }
    })
    await this.#settleRefused(refused, batch)
  }

  /**
   * Removes a batch once each of its refused events is recorded in another way or lost. If that
   * cannot be known now, the batch is sent again, which repeats nothing.
   */
  async #settleRefused(
    refused: readonly RefusedUse[],
    batch: readonly WaitingUse[],
  ): Promise<void> {
    const lost: RefusedUse[] = []
    for (const { use, error } of refused) {
      if (!use.orElse || error.code !== 'idempotency_conflict') {
        lost.push({ use, error })
        continue
      }
      try {
        await use.orElse()
      } catch (thrown) {
        if (!(thrown instanceof TollgateError) || !OF_EVENTS.has(thrown.code)) throw thrown
        lost.push({ use, error: thrown })
      }
    }
    this.#remove(batch)
    for (const { use, error } of lost) this.#lose([use], error)
  }

  #paused(error: TollgateError): void {
    if (this.#pauseMs === 0) {
      const many = `${this.#waiting.length} events wait to be recorded, and are sent again`
      console.warn(`tollgate: ${many}: ${error.message}`)
    }
    const longerMs = Math.min(Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2), LONGEST_PAUSE_MS)
    this.#pauseMs = Math.max(longerMs, (error.retryAfterSeconds ?? 0) * 1_000)
  }

  #lose(batch: readonly WaitingUse[], cause: unknown): void {
    if (batch.length === 0) return
    const error = cause instanceof TollgateError ? cause : new TollgateError('internal', { cause })
    const lost: LostUse = { events: eventsOf(batch), error }
    const { onLost = tellOfLost } = this.#parts.options
    try {
      onLost(lost)
    } catch (thrown) {
      console.error('tollgate: onLost failed', thrown)
      tellOfLost(lost)
    }
  }
}

const eventsOf = (batch: readonly WaitingUse[]): Call[] => batch.map(({ text }) => JSON.parse(text))

const tellOfLost = ({ events, error }: LostUse): void =>
  console.error(`tollgate: ${events.length} events are not recorded`, error, events)

const checked = (field: string, value: number, most: number): number => {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value
  throw new TypeError(`batch.${field}: must be a whole number from 1 to ${most}`)
}
