/**
 * Tracks work in progress by organization, for callers that must wait for it. It never rejects: the
 * caller that started the work handles its errors.
 */
export class UnderWay {
  readonly #of = new Map<string, Set<Promise<unknown>>>()

  /** Tracks the work until it settles, and returns its result. */
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

  /** Resolves when all work that is in progress now has settled. Undefined: there is none. */
  settled(organizationId: string): Promise<unknown> | undefined {
    const all = this.#of.get(organizationId)
    return all && Promise.allSettled(all)
  }
}
