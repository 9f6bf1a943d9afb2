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
 * Acts that come in great numbers and have no transaction of their own: refusals of the gate, failed
 * sign-ins. Sampled, and written when 100 wait or the first has waited for a second. `add` is all
 * that the one who acts pays. Bounded: while the store is away and the queue is full, acts are
 * counted and not kept, and an entry of the platform's chain says how many, once it is back.
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
  /** Of those, the ones that no entry speaks of yet. */
  #unsaid = 0

  constructor(parts: { db: Queryable; clock: Clock; log: Log; capacity?: number }) {
    this.#db = parts.db
    this.#clock = parts.clock
    this.#log = parts.log
    this.#capacity = parts.capacity ?? CAPACITY
  }

  /** Acts that were not kept because the queue was full, since the start. */
  get dropped(): number {
    return this.#dropped
  }

  /** Entries that are not written yet. */
  get length(): number {
    return this.#queued.length
  }

  /** Takes the act, at once; it never fails and never waits. */
  add(act: AuditAct): void {
    this.#keep(this.#sampler.take(act, this.#clock.now()))
    if (this.#queued.length >= FLUSH_AT && !this.#isAway) this.#writeSoon()
    else this.#cancelTimer ??= this.#clock.after(FLUSH_AFTER_MS, () => this.#tick())
  }

  /** Writes what is queued, and waits for it; rejects when it cannot be written, and keeps it. */
  async flush(): Promise<void> {
    this.#keep(this.#sampler.endWindow(this.#clock.now()))
    await this.#write()
  }

  /** Writes all that is owed. What cannot be written now is lost, and the log says how much. */
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

  /** When this turn is over: whoever is refused does not wait for the writing. */
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

  /** One writing at a time, in order; those who ask meanwhile have one that begins after it. */
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

  /** What the store refuses for good must not keep the others from being written. */
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
