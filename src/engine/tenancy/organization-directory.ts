import type { Database } from '../../storage/database.ts'
import { findOrganization, type OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Clock } from '../clock.ts'

interface Entry {
  readonly row: OrganizationRow | undefined
  readonly readAtMs: number
}

/** Organizations that do not exist are looked up again soon: they may be created any moment. */
const UNKNOWN_TTL_MS = 1_000
const KNOWN_TTL_MS = 300_000
const MAX_ENTRIES = 100_000

/**
 * Who is known in this process, so that a call does not read its organization each time. Forgotten
 * when another process says that it changed. What must be exact (is it open, which limits) is read
 * again by the statement that decides.
 */
export class OrganizationDirectory {
  readonly #db: Database
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  readonly #reading = new Map<string, Promise<OrganizationRow | undefined>>()

  constructor(db: Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** The organization without any waiting, when it is known and fresh. */
  known(id: string): OrganizationRow | undefined {
    const entry = this.#entries.get(id)
    return entry && this.#isFresh(entry) ? entry.row : undefined
  }

  async get(id: string): Promise<OrganizationRow | undefined> {
    const entry = this.#entries.get(id)
    if (entry && this.#isFresh(entry)) return entry.row
    const reading = this.#reading.get(id) ?? this.#read(id)
    return reading
  }

  /** As it was when it was last read: for the time when the store is away, and for nothing else. */
  last(id: string): OrganizationRow | undefined {
    return this.#entries.get(id)?.row
  }

  /** It is read again before it is of use again. */
  forget(id: string): void {
    const entry = this.#entries.get(id)
    if (entry) this.#entries.set(id, { ...entry, readAtMs: Number.NEGATIVE_INFINITY })
    this.#reading.delete(id)
  }

  forgetAll(): void {
    for (const id of this.#entries.keys()) this.forget(id)
    this.#reading.clear()
  }

  #isFresh({ row, readAtMs }: Entry): boolean {
    const ageMs = this.#clock.now().getTime() - readAtMs
    return ageMs < (row ? KNOWN_TTL_MS : UNKNOWN_TTL_MS)
  }

  #read(id: string): Promise<OrganizationRow | undefined> {
    const reading = findOrganization(this.#db, id).then(
      (row) => {
        // A reading that was forgotten meanwhile may be older than the change: not kept.
        if (this.#reading.get(id) === reading) {
          this.#reading.delete(id)
          this.#keep(id, row)
        }
        return row
      },
      (error: unknown) => {
        if (this.#reading.get(id) === reading) this.#reading.delete(id)
        throw error
      },
    )
    this.#reading.set(id, reading)
    return reading
  }

  #keep(id: string, row: OrganizationRow | undefined): void {
    if (this.#entries.size >= MAX_ENTRIES) {
      const oldest = this.#entries.keys().next().value
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    this.#entries.set(id, { row, readAtMs: this.#clock.now().getTime() })
  }
}
