/**
 * Work that is done for one key at a time, and is the same for all who ask for it: those who ask
 * while it is under way wait for it and share the next.
 */
export class OneAtATime {
  readonly #running = new Map<string, Promise<boolean>>()
  readonly #next = new Map<string, Promise<boolean>>()

  /** Resolves to true when the work did anything, or that which it waited for. */
  run(key: string, work: () => Promise<boolean>): Promise<boolean> {
    const next = this.#next.get(key)
    if (next) return next
    const running = this.#running.get(key)
    if (!running) return this.#start(key, work)
    const after = running
      .catch(() => false)
      .then(async (before) => {
        this.#next.delete(key)
        return (await this.#start(key, work)) || before
      })
    this.#next.set(key, after)
    return after
  }

  /** The work that is under way for a key. */
  running(key: string): Promise<boolean> | undefined {
    return this.#running.get(key)
  }

  #start(key: string, work: () => Promise<boolean>): Promise<boolean> {
    const running = work().finally(() => {
      if (this.#running.get(key) === running) this.#running.delete(key)
    })
    this.#running.set(key, running)
    return running
  }
}
