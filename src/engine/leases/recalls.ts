import { announce } from '../../storage/changes.ts'
import type { Database } from '../../storage/database.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'

const AT_MOST_EVERY_MS = 50

/** Asks other processes for what they hold of an organization's limits and do not need. */
export class Recalls {
  readonly #db: Database
  readonly #clock: Clock
  readonly #log: Log
  readonly #sentAtMs = new Map<string, number>()

  constructor(db: Database, clock: Clock, log: Log) {
    this.#db = db
    this.#clock = clock
    this.#log = log
  }

  /** Many callers that wait for the same make one message in a while. */
  send(organizationId: string): void {
    const nowMs = this.#clock.now().getTime()
    const sentAtMs = this.#sentAtMs.get(organizationId)
    if (sentAtMs !== undefined && nowMs - sentAtMs < AT_MOST_EVERY_MS && nowMs >= sentAtMs) return
    for (const [id, atMs] of this.#sentAtMs) {
      if (nowMs - atMs < AT_MOST_EVERY_MS && nowMs >= atMs) break
      this.#sentAtMs.delete(id)
    }
    this.#sentAtMs.delete(organizationId)
    this.#sentAtMs.set(organizationId, nowMs)
    announce(this.#db, 'recall', organizationId).catch((error: unknown) =>
      this.#log.warn({ error }, 'a recall could not be sent'),
    )
  }
}
