import type { AuditAct } from '../../core/audit.ts'
import { AuditSampler, type DatedAct } from '../../core/audit-sampling.ts'
import type { Queryable } from '../../storage/database.ts'
import { appendAuditEvents } from '../../storage/tables/audit-events.ts'
import type { Clock } from '../clock.ts'
import { isItemFault } from '../group-commit/item-fault.ts'
import type { Log } from '../options.ts'

const FLUSH_AT = 100
const FLUSH_AFTER_MS = 1_000
const CAPACITY = 10_000
const ENTRIES_A_STATEMENT = 500

/**
 * A queue for frequent acts without a transaction of their own, such as refusals of the gate and
 * failed sign-ins. They are sampled, and written when 100 wait or the first has waited for a
 * second. The caller pays only for `add`.
 *
 * The queue is bounded. If it is full while the store is away, acts are counted and dropped. Once
 * the store is back, an entry in the platform's chain says how many.
 */
export class AuditQueue {
  readonly #db: Queryable
  readonly #clock: Clock
  readonly #log: Log
  readonly #capacity: number
  readonly #sampler = new AuditSampler()
  #queued: DatedAct[] = []
  #writing: Promise<void> = Promise.resolve()
  #isSoon = false
  #isAway = false
  #cancelTimer: (() => void) | undefined
  #dropped = 0
  /** The dropped acts that no entry reports yet. */
  #unsaid = 0

  constructor(parts: { db: Queryable; clock: Clock; log: Log; capacity?: number }) {
    this.#db = parts.db
    this.#clock = parts.clock
    this.#log = parts.log
    this.#capacity = parts.capacity ?? CAPACITY
  }

  /** Acts that were dropped since the start because the queue was full. */
  get dropped(): number {
    return this.#dropped
  }

  /** Entries that are not written yet. */
  get length(): number {
    return this.#queued.length
  }

  /** Queues the act at once. It never fails and never waits. */
  add(act: AuditAct): void {
    this.#keep(this.#sampler.take(act, this.#clock.now()))
    if (this.#queued.length >= FLUSH_AT && !this.#isAway) this.#writeSoon()
    else this.#cancelTimer ??= this.#clock.after(FLUSH_AFTER_MS, () => this.#tick())
  }

  /**
   * Writes what is queued, and waits for it. If it cannot be written, this rejects and the entries
   * stay queued.
   */
  async flush(): Promise<void> {
    this.#keep(this.#sampler.endWindow(this.#clock.now()))
    await this.#write()
  }

  /**
   * Writes all that is queued. Entries that cannot be written now are lost, and the log says how
   * many.
   */
  async close(): Promise<void> {
    this.#keep(this.#sampler.endWindow())
    try {
      await this.#write()
    } catch (error) {
      const lost = this.#queued.length + this.#unsaid
      this.#log.error({ error, lost }, 'audit entries could not be written before closing')
    } finally {
      this.#cancelTimer?.()
    }
  }

  #keep(acts: readonly DatedAct[]): void {
    for (const act of acts) {
      if (this.#queued.length < this.#capacity) this.#queued.push(act)
      else this.#drop(act)
    }
  }

  #tick(): void {
    this.#cancelTimer = undefined
    this.#writeSoon()
  }

  /** Writes after this turn, so that a refused caller does not wait for it. */
  #writeSoon(): void {
    if (this.#isSoon) return
    this.#isSoon = true
    setImmediate(() => {
      this.#isSoon = false
      this.flush().catch((error: unknown) => {
        this.#log.warn({ error }, 'audit entries could not be written; trying again')
      })
    })
  }

  /** Writes one at a time, in order. A caller who asks meanwhile gets a write that starts later. */
  #write(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#writeAll())
    return this.#writing
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#queued.length > 0) await this.#writeBatch()
      this.#isAway = false
    } catch (error) {
      this.#isAway = true
      throw error
    } finally {
      const isOwing = this.#queued.length > 0 || this.#sampler.isOwing
      if (isOwing) this.#cancelTimer ??= this.#clock.after(FLUSH_AFTER_MS, () => this.#tick())
    }
  }

  async #writeBatch(): Promise<void> {
    const batch = this.#queued.slice(0, ENTRIES_A_STATEMENT)
    const lost = this.#unsaid
    const said = lost > 0 ? [{ act: overflow(lost), at: this.#clock.now() }] : []
    await this.#append([...batch, ...said])
    this.#queued.splice(0, batch.length)
    this.#unsaid -= lost
  }

  /** An entry that the store refuses for good must not block the others. */
  async #append(acts: readonly DatedAct[]): Promise<void> {
    try {
      await appendAuditEvents(this.#db, acts)
    } catch (error) {
      if (!isItemFault(error)) throw error
      const [act, ...others] = acts
      if (act && others.length === 0) {
        this.#drop(act)
        const { organizationId, action } = act.act
        this.#log.error(
          { error, organizationId, action },
          'an audit entry was refused by the store',
        )
        return
      }
      const middle = Math.ceil(acts.length / 2)
      await this.#append(acts.slice(0, middle))
      await this.#append(acts.slice(middle))
    }
  }

  #drop({ act }: DatedAct): void {
    const acts = 1 + (act.sampled?.passedOver ?? 0)
    this.#dropped += acts
    this.#unsaid += acts
  }
}

const overflow = (lost: number): AuditAct => ({
  organizationId: null,
  category: 'security',
  action: 'audit.overflowed',
  actor: 'tollgate',
  subject: 'audit:queue',
  new: { lost },
})
