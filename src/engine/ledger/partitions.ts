import type { Database } from '../../storage/database.ts'
import { ensurePartitions } from '../../storage/tables/usage.ts'

const WEEK_MS = 7 * 86_400_000
/** A Monday, at which ISO weeks start. */
const MONDAY_MS = Date.UTC(2024, 0, 1)

/** Makes the weekly partitions that a batch needs, once each, before it is written. */
export class Partitions {
  readonly #db: Database
  readonly #known = new Set<number>()

  constructor(db: Database) {
    this.#db = db
  }

  /** Cheap when all are there already: a look-up an instant. */
  async ensure(instants: Iterable<Date>): Promise<void> {
    const missing = new Set<number>()
    for (const instant of instants) {
      const week = Math.floor((instant.getTime() - MONDAY_MS) / WEEK_MS)
      if (!this.#known.has(week)) missing.add(week)
    }
    for (const week of missing) {
      const start = new Date(MONDAY_MS + week * WEEK_MS)
      await ensurePartitions(this.#db, start, start)
      this.#known.add(week)
    }
  }

  /** After partitions were dropped, here or by another process. */
  forget(): void {
    this.#known.clear()
  }

  /** Runs a write; when a partition was dropped meanwhile, makes it again and runs it once more. */
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
