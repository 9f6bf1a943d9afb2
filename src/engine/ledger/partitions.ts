import type { Database } from '../../storage/database.ts'
import { ensurePartitions } from '../../storage/events/retention.ts'

const WEEK_MS = 7 * 86_400_000
/** A Monday, since ISO weeks start on Mondays. */
const MONDAY_MS = Date.UTC(2024, 0, 1)

/** Creates the weekly partitions that a batch needs, before it is written. Each is created once. */
export class Partitions {
  readonly #db: Database
  /** Starts of weeks, in milliseconds. */
  readonly #known = new Set<number>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Creates missing partitions. If all exist, it costs one look-up per time. */
  async ensure(instants: Iterable<Date>): Promise<void> {
    for (const start of this.missing(instants)) {
      await ensurePartitions(this.#db, start, start)
      this.#known.add(start.getTime())
    }
  }

  /** The starts of the weeks whose partitions may not exist. */
  missing(instants: Iterable<Date>): Date[] {
    const weeks = new Set<number>()
    for (const instant of instants) {
      const weeksSince = Math.floor((instant.getTime() - MONDAY_MS) / WEEK_MS)
      const startMs = MONDAY_MS + weeksSince * WEEK_MS
      if (!this.#known.has(startMs)) weeks.add(startMs)
    }
    return [...weeks].map((startMs) => new Date(startMs))
  }

  /** Clears the cache, after this or another process has dropped partitions. */
  forget(): void {
    this.#known.clear()
  }

  /**
   * Runs a write. If a partition was dropped meanwhile, it is created again and the write runs once
   * more.
   */
  async writing<Result>(
    instants: () => Iterable<Date>,
    write: () => Promise<Result>,
  ): Promise<Result> {
    await this.ensure(instants())
    try {
      return await write()
    } catch (error) {
      if (!isMissingPartition(error)) throw error
      this.forget()
      await this.ensure(instants())
      return write()
    }
  }
}

const isMissingPartition = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === '23514' &&
  error.message.includes('no partition of relation')
