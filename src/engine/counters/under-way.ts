/**
 * The work under way by organization, for those who must not look before it is done. It never
 * rejects: whoever started it handles what goes wrong.
 */
export class UnderWay {
  readonly #of = new Map<string, Set<Promise<unknown>>>()

  /** Resolves as the work does, which is known here until then. */
  async add<T>(organizationId: string, work: Promise<T>): Promise<T> {
    const all = this.#of.get(organizationId) ?? new Set()
    this.#of.set(organizationId, all)
    all.add(work)
    try {
      return await work
    } finally {
      all.delete(work)
      if (all.size === 0 && this.#of.get(organizationId) === all) this.#of.delete(organizationId)
    }
  }

  /** Resolves when all that is under way now is done; undefined when nothing is. */
  settled(organizationId: string): Promise<unknown> | undefined {
    const all = this.#of.get(organizationId)
    return all && Promise.allSettled(all)
  }
}
