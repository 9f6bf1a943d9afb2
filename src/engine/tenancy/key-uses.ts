const EVERY_MS = 60_000

/** A use of a key. */
interface KeyUse {
  readonly id: string
  readonly at: Date
}

/** Notes uses of keys, at most once a minute for each key, until they are written. */
export class KeyUses {
  /** The last noted use of each key, within about the last minute. */
  readonly #notedAtMs = new Map<string, number>()
  #waiting = new Map<string, number>()

  /** Runs on every call: no I/O, and usually one look-up in a map. */
  note(id: string, atMs: number): void {
    const notedAtMs = this.#notedAtMs.get(id)
    if (notedAtMs !== undefined && atMs - notedAtMs < EVERY_MS) return
    this.#notedAtMs.set(id, atMs)
    this.#waiting.set(id, atMs)
  }

  /**
   * Passes all waiting uses to `write`. If that fails they keep waiting, unless the key was used
   * again.
   */
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
