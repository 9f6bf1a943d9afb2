import type { Clock } from '../clock.ts'
import type { Log } from '../options.ts'
import type { Authority } from './authority/authority.ts'

const AT_MOST_EVERY_MS = 50

interface RecallsParts {
  readonly authorities: readonly Authority[]
  readonly clock: Clock
  readonly log: Log
  /** Gives back what is held here and not needed; of every organization when none is named. */
  readonly answer: (organizationId: string | undefined) => Promise<void>
}

/** Asks who holds leases of an organization for what they do not need, and answers who asks. */
export class Recalls {
  readonly #parts: RecallsParts
  readonly #sentAtMs = new Map<string, number>()

  constructor(parts: RecallsParts) {
    this.#parts = parts
  }

  /** Resolves when every authority is listened to. */
  async listen(): Promise<void> {
    await Promise.all(
      this.#parts.authorities.map((authority) =>
        authority.onRecall((organizationId) => this.#answer(organizationId)),
      ),
    )
  }

  /** Many callers that wait for the same make one message in a while. */
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
    // Authorities ask the others only: calls of this process must not lease it again meanwhile.
    this.#answer(organizationId)
  }

  /** Ends the authorities, and with them what is heard of them. */
  async close(): Promise<void> {
    await Promise.all(this.#parts.authorities.map((authority) => authority.close()))
  }

  #answer(organizationId: string | undefined): void {
    this.#parts.answer(organizationId).catch((error: unknown) => {
      this.#parts.log.warn({ error }, 'a recall could not be answered')
    })
  }
}
