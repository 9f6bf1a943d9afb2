/**
 * Looks for what is due, one look at a time. Whoever asks during a look shares it, and it looks once
 * more: what that caller has heard of may have come after the look began.
 */
export class LookWhileWanted {
  readonly #begin: () => Promise<boolean>
  #looking: Promise<boolean> | undefined
  #isWanted = false

  /** `begin` begins what is due, and says whether there was something. */
  constructor(begin: () => Promise<boolean>) {
    this.#begin = begin
  }

  /** Whether something was begun. */
  look(): Promise<boolean> {
    this.#isWanted = true
    this.#looking ??= this.#lookWhileWanted().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  /** Waits for the look under way, if any, and throws what it throws. */
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
