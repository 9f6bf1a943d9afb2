import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'
import type { Authority } from './authority/authority.ts'

const AT_MOST_EVERY_MS = 50

interface RecallsParts {
  readonly authorities: readonly Authority[]
  readonly clock: Clock
  readonly log: Log
  /** Returns unused leases of an organization. Undefined: of all organizations. */
  readonly answer: (organizationId: string | undefined) => Promise<void>
}

/** Sends recalls to other processes, and answers theirs. */
export class Recalls {
  readonly #parts: RecallsParts
  readonly #sentAtMs = new Map<string, number>()

  constructor(parts: RecallsParts) {
    this.#parts = parts
  }

  /** Resolves when it listens to every authority. */
  async listen(): Promise<void> {
    await Promise.all(
      this.#parts.authorities.map((authority) =>
        authority.onRecall((organizationId) => this.#answer(organizationId)),
      ),
    )
  }

  /** Concurrent callers share one message every 50 ms. */
  send(organizationId: string): void {
    const nowMs = this.#parts.clock.now().getTime()
    const sentAtMs = this.#sentAtMs.get(organizationId)
    if (sentAtMs !== undefined && nowMs - sentAtMs < AT_MOST_EVERY_MS && nowMs >= sentAtMs) return
    for (const [id, atMs] of this.#sentAtMs) {
      if (nowMs - atMs < AT_MOST_EVERY_MS && nowMs >= atMs) break
      this.#sentAtMs.delete(id)
    }
    this.#sentAtMs.delete(organizationId)
    this.#sentAtMs.set(organizationId, nowMs)
    for (const authority of this.#parts.authorities) {
      authority
        .recall(organizationId)
        .catch((error: unknown) => this.#parts.log.warn({ error }, 'a recall could not be sent'))
    }
    // Authorities only reach other processes. This process must not lease the units again either.
    this.#answer(organizationId)
  }

  /** Closes the authorities, which ends the listening. */
  async close(): Promise<void> {
    await Promise.all(this.#parts.authorities.map((authority) => authority.close()))
  }

  #answer(organizationId: string | undefined): void {
    this.#parts.answer(organizationId).catch((error: unknown) => {
      this.#parts.log.warn({ error }, 'a recall could not be answered')
    })
  }
}
