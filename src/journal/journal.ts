import type { JournalStatistics } from '../contract/engine-statistics.ts'
import type { JournalFiles } from './files.ts'
import type { LineBytes } from './line-bytes.ts'
import { type Place, Segments } from './segments.ts'

export interface JournalParts<Entry> {
  readonly files: JournalFiles
  /** Locked by this process, and empty. */
  readonly folder: string
  readonly heading: string
  readonly lines: Lines<Entry>
  /** Called when an entry's promise holds, before callers get their answer. */
  readonly onKept: (entry: Entry, place: Place) => void
  readonly after: (delayMs: number, call: () => void) => () => void
  readonly nowMs: () => number
  readonly log: JournalLog
  readonly maxBytes: number
}

/** How entries are written. */
export interface Lines<Entry> {
  /**
   * Writes one line in ASCII, without its end. The line may refer to earlier lines, back to
   * `begin`.
   */
  write(entry: Entry, to: LineBytes): void
  /** Called when later lines go to another file. They must not refer to earlier lines. */
  begin(): void
}

export interface JournalLog {
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** A write is synced this long afterwards, even if nobody waits for it. */
const SYNC_AFTER_MS = 5
const RETRY_MS = 1_000
const MOST_IN_A_FRAME = 1_000
const SEGMENTS = 16
const MOST_IN_A_SEGMENT = 8 * 1024 * 1024

/** The entries of one moment, which share one write and one promise. */
interface Batch<Entry> {
  readonly entries: Entry[]
  readonly kept: Promise<boolean>
  /** Known once the batch is written or, for `synced`, once it is synced. */
  isKept: boolean | Promise<boolean>
}

/**
 * Admitted calls that are not in the database yet, in files of this process alone. Calls of the
 * same moment share a write.
 *
 * There are two promises: `written` survives the death of the process, `synced` that of the
 * machine. If the disk fails, no caller is told that its entry was stored.
 */
export class Journal<Entry> {
  readonly #parts: JournalParts<Entry>
  readonly #segments: Segments
  #written: Batch<Entry> | undefined
  #synced: Batch<Entry> | undefined
  /** The file that holds the lines so far. */
  #file: Place | undefined
  readonly #keeping = new Set<Promise<boolean>>()
  readonly #now = Promise.resolve()
  #waiters: ((error: unknown) => void)[] = []
  #isSyncing = false
  #cancelSync: (() => void) | undefined
  #cancelRetry: (() => void) | undefined
  #unsyncedSinceMs: number | undefined
  #isFailing = false
  #isFull = false
  #isClosed = false
  #lastError: JournalStatistics['lastError']

  private constructor(parts: JournalParts<Entry>) {
    this.#parts = parts
    this.#segments = new Segments({
      ...parts,
      segmentBytes: Math.min(MOST_IN_A_SEGMENT, Math.ceil(parts.maxBytes / SEGMENTS)),
      onTrouble: (error) =>
        parts.log.warn({ error, folder: parts.folder }, 'journal.trouble: a file stays as it is'),
    })
  }

  /** If no file can be created now, the journal is failing and tries again. */
  static async open<Entry>(parts: JournalParts<Entry>): Promise<Journal<Entry>> {
    const journal = new Journal(parts)
    await journal.#segments.roll().catch((error: unknown) => journal.#failed(error))
    return journal
  }

  get state(): JournalStatistics {
    return {
      status: this.#isFailing ? 'failing' : this.#isFull ? 'full' : 'ok',
      bytes: this.#segments.bytes,
      maxBytes: this.#parts.maxBytes,
      waiting: this.#segments.waiting,
      unsyncedMs:
        this.#unsyncedSinceMs === undefined ? 0 : this.#parts.nowMs() - this.#unsyncedSinceMs,
      lastError: this.#lastError,
    }
  }

  /** False if the journal would refuse an entry now. */
  get isTaking(): boolean {
    if (this.#isFull && this.#segments.bytes < this.#parts.maxBytes) {
      this.#isFull = false
      this.#resumed()
    }
    return !this.#isFailing && !this.#isFull && !this.#isClosed
  }

  /**
   * Resolves to true once the promise holds. Resolves to false if it cannot be given; then nothing
   * is stored.
   */
  keep(entry: Entry, promise: 'written' | 'synced'): Promise<boolean> {
    let batch = promise === 'written' ? this.#written : this.#synced
    if (!batch) {
      batch = this.#newBatch()
      if (promise === 'written') this.#written = batch
      else this.#synced = batch
    }
    batch.entries.push(entry)
    if (batch.entries.length >= MOST_IN_A_FRAME) this.#writeDue()
    return batch.kept
  }

  /** A batch is written after all calls of this turn have joined it, when the promise resolves. */
  #newBatch(): Batch<Entry> {
    // Not `queueMicrotask`, which creates a resource for each call and costs as much as the line.
    const kept: Promise<boolean> = this.#now.then(() => {
      if (this.#written === batch || this.#synced === batch) this.#writeDue()
      return batch.isKept
    })
    const batch: Batch<Entry> = { entries: [], kept, isKept: false }
    return batch
  }

  #writeDue(): void {
    const [written, synced] = [this.#written, this.#synced]
    this.#written = undefined
    this.#synced = undefined
    if (written) this.#keepWritten(written)
    if (synced) {
      const keeping = this.#keepSynced(synced.entries)
      synced.isKept = keeping
      this.#keeping.add(keeping)
      void keeping.finally(() => this.#keeping.delete(keeping))
    }
  }

  /** Resolves when no caller waits for an answer any more. */
  async drain(): Promise<void> {
    this.#writeDue()
    await Promise.all(this.#keeping)
  }

  #keepWritten(batch: Batch<Entry>): void {
    const place = this.#write(batch.entries)
    if (!place) return
    batch.isKept = true
    for (const entry of batch.entries) this.#parts.onKept(entry, place)
  }

  async #keepSynced(entries: readonly Entry[]): Promise<boolean> {
    const place = this.#write(entries)
    if (!place) return false
    try {
      await this.sync()
      for (const entry of entries) this.#parts.onKept(entry, place)
      return true
    } catch {
      // The callers are refused, so these entries must not count: the file may be deleted without
      // them.
      for (const _ of entries) place.applied()
      return false
    }
  }

  #write(entries: readonly Entry[]): Place | undefined {
    if (!this.isTaking) return undefined
    if (this.#segments.bytes >= this.#parts.maxBytes) return this.#full()
    const { lines } = this.#parts
    if (this.#file !== this.#segments.current) lines.begin()
    this.#file = this.#segments.current
    const to = this.#segments.begin()
    for (const entry of entries) {
      lines.write(entry, to)
      to.lineEnd()
    }
    try {
      const place = this.#segments.write(entries.length)
      this.#unsyncedSinceMs ??= this.#parts.nowMs()
      this.#cancelSync ??= this.#parts.after(SYNC_AFTER_MS, () => {
        this.#cancelSync = undefined
        this.sync().catch(() => undefined)
      })
      return place
    } catch (error) {
      this.#file = undefined
      this.#failed(error)
      return undefined
    }
  }

  /** Resolves when all earlier writes are on the disk. */
  sync(): Promise<void> {
    if (this.#segments.isSynced) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters.push((error) => (error === undefined ? resolve() : reject(error)))
      if (!this.#isSyncing) void this.#syncWaiters()
    })
  }

  /** All who ask during a sync share the next one. */
  async #syncWaiters(): Promise<void> {
    this.#isSyncing = true
    while (this.#waiters.length > 0) {
      const waiters = this.#waiters
      this.#waiters = []
      try {
        await this.#segments.sync()
        if (this.#segments.isSynced) this.#unsyncedSinceMs = undefined
        for (const settle of waiters) settle(undefined)
      } catch (error) {
        this.#segments.distrust()
        this.#unsyncedSinceMs = undefined
        this.#failed(error)
        for (const settle of [...waiters, ...this.#waiters.splice(0)]) settle(error)
      }
    }
    this.#isSyncing = false
  }

  #full(): undefined {
    const { log, folder, maxBytes } = this.#parts
    this.#isFull = true
    log.error(
      { folder, maxBytes, waiting: this.#segments.waiting },
      'journal.full: what is not in the books has reached its bound; calls are left to the store',
    )
    // Entries of the current file that are in the database can be deleted once there is another
    // file.
    this.#segments.roll().catch((error: unknown) => this.#failed(error))
    return undefined
  }

  #failed(error: unknown): void {
    const { log, folder, nowMs } = this.#parts
    this.#lastError = {
      // Without paths, since the readiness check shows it.
      message: (error as NodeJS.ErrnoException).code ?? 'unknown',
      at: new Date(nowMs()),
    }
    if (this.#isFailing) return
    this.#isFailing = true
    log.error(
      { error, folder },
      'journal.failing: the disk did not take it; calls are left to the store until it does',
    )
    this.#retryLater()
  }

  #retryLater(): void {
    if (this.#isClosed) return
    this.#cancelRetry = this.#parts.after(RETRY_MS, () => {
      this.#segments.roll().then(
        () => {
          this.#isFailing = false
          this.#resumed()
        },
        (error: unknown) => {
          this.#failed(error)
          this.#retryLater()
        },
      )
    })
  }

  #resumed(): void {
    this.#parts.log.warn({ folder: this.#parts.folder }, 'journal.resumed: it takes calls again')
  }

  /** Writes what is due. Returns true if everything is in the database and no file is left. */
  async close(): Promise<boolean> {
    await this.drain()
    this.#isClosed = true
    this.#cancelSync?.()
    this.#cancelRetry?.()
    await this.sync().catch(() => undefined)
    return this.#segments.close()
  }
}
