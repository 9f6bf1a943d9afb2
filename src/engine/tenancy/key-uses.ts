const EVERY_MS = 60_000

/** When a key was used. */
interface KeyUse {
  readonly id: string
  readonly at: Date
}

/** Notes when keys are used, once a minute each at most, and keeps that until it is written. */
export class KeyUses {
  /** The use of each key that was noted last, within about the last minute. */
  readonly #notedAtMs = new Map<string, number>()
  #waiting = new Map<string, number>()

  /** On the way of every call: no I/O, and most times one look into a map. */
  note(id: string, atMs: number): void {
    const notedAtMs = this.#notedAtMs.get(id)
    if (notedAtMs !== undefined && atMs - notedAtMs < EVERY_MS) return
    this.#notedAtMs.set(id, atMs)
    this.#waiting.set(id, atMs)
  }

  /** Hands all that waits to `write`; what could not be written waits on, unless used again. */
  async drain(write: (uses: readonly KeyUse[]) => Promise<void>): Promise<void> {
    const waiting = this.#waiting
    if (waiting.size === 0) return
    this.#waiting = new Map()
    let newestMs = Number.NEGATIVE_INFINITY
    for (const atMs of waiting.values()) newestMs = Math.max(newestMs, atMs)
    for (const [id, atMs] of this.#notedAtMs) {
      if (newestMs - atMs >= EVERY_MS) this.#notedAtMs.delete(id)
    }
    try {
      await write([...waiting].map(([id, atMs]) => ({ id, at: new Date(atMs) })))
    } catch (error) {
      for (const [id, atMs] of waiting) {
        if (!this.#waiting.has(id)) this.#waiting.set(id, atMs)
      }
      throw error
    }
  }
}
