/**
 * Looks for due work, one look at a time. A caller who asks during a look shares it, and one more
 * look follows. The work that this caller heard of may have come after the first look began.
 */
export class LookWhileWanted {
  readonly #begin: () => Promise<boolean>
  #looking: Promise<boolean> | undefined
  #isWanted = false

  /** `begin` starts the due work. It returns true if it started something. */
  constructor(begin: () => Promise<boolean>) {
    this.#begin = begin
  }

  /** Returns true if a look started some work. */
  look(): Promise<boolean> {
    this.#isWanted = true
    this.#looking ??= this.#lookWhileWanted().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Waits for the look under way, if any, and throws its error. */
  async settled(): Promise<void> {
    await this.#looking
  }

  async #lookWhileWanted(): Promise<boolean> {
    let began = false
    while (this.#isWanted) {
      this.#isWanted = false
      began = (await this.#begin()) || began
    }
    return began
  }
}
