/**
 * Runs work one at a time for each key. Callers during a run wait for it, and share the next run.
 * The work must be the same for all callers of a key.
 */
export class OneAtATime {
  readonly #running = new Map<string, Promise<boolean>>()
  readonly #next = new Map<string, Promise<boolean>>()

  /** Resolves to true if the shared run or the one before it did anything. */
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

  /** The run in progress for a key. */
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
