/** An event that waits. */
export interface WaitingUse {
  /** Serialized, so that later changes by the caller have no effect. */
  readonly text: string
  /** The API key that the use counts against, if the caller named one. */
  readonly apiKeyId?: string | undefined
  /** Records the use in another way if its id was used before for something else. */
  readonly orElse?: () => Promise<void>
}

/** Numbered in the order of arrival. */
type Numbered = WaitingUse & { readonly nth: number }

/**
 * The waiting events, in order within each API key. A request names at most one key, so events of
 * two keys cannot share one. Kept by key, calls with alternating keys still form batches.
 */
export class WaitingByKey {
  /** No line is empty. */
  readonly #lines = new Map<string | undefined, Numbered[]>()
  #length = 0
  #last = 0

  get length(): number {
    return this.#length
  }

  /** The number of the event that was added last. */
  get last(): number {
    return this.#last
  }

  /** The events of the key whose first one has waited longest. */
  get oldest(): readonly [Numbered, ...Numbered[]] | undefined {
    let oldest: Numbered[] | undefined
    for (const line of this.#lines.values()) {
      if (!oldest || firstOf(line) < firstOf(oldest)) oldest = line
    }
    return oldest as [Numbered, ...Numbered[]] | undefined
  }

  push(use: WaitingUse): void {
    this.#last += 1
    this.#length += 1
    const numbered = { ...use, nth: this.#last }
    const line = this.#lines.get(use.apiKeyId)
    if (line) line.push(numbered)
    else this.#lines.set(use.apiKeyId, [numbered])
  }

  /** Removes events from the front of their key's line. */
  remove(batch: readonly WaitingUse[]): void {
    const key = batch[0]?.apiKeyId
    const line = this.#lines.get(key)
    if (!line) return
    this.#length -= line.splice(0, batch.length).length
    if (line.length === 0) this.#lines.delete(key)
  }

  /** Removes and returns all events, in the order of arrival. */
  takeAll(): readonly WaitingUse[] {
    const all = [...this.#lines.values()].flat().sort((a, b) => a.nth - b.nth)
    this.#lines.clear()
    this.#length = 0
    return all
  }
}

const firstOf = (line: readonly Numbered[]): number => line[0]?.nth ?? 0
