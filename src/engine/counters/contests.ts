/** Concurrent calls of one organization that compete for units of Redis. */
export interface Contest {
  /** The number of calls that are asking. */
  asking: number
  /** Calls that Redis has admitted, and that the database has not decided yet. */
  readonly undecided: Set<Promise<void>>
  /** The number of those calls that did not use their units, so that the units are free again. */
  undone: number
}

/**
 * The contests of this process by organization. An entry is removed when no call is asking or
 * undecided.
 */
export class Contests {
  readonly #of = new Map<string, Contest>()

  enter(organizationId: string): Contest {
    const contest = this.#of.get(organizationId) ?? { asking: 0, undecided: new Set(), undone: 0 }
    this.#of.set(organizationId, contest)
    contest.asking += 1
    return contest
  }

  leave(organizationId: string, contest: Contest): void {
    contest.asking -= 1
    this.#end(organizationId, contest)
  }

  /**
   * Registers an undecided call. The returned function ends that, and takes whether the units were
   * used.
   */
  addUndecided(organizationId: string, contest: Contest): (isUsed: boolean) => void {
    let resolve = () => {}
    const undecided = new Promise<void>((done) => {
      resolve = done
    })
    contest.undecided.add(undecided)
    return (isUsed) => {
      if (!isUsed) contest.undone += 1
      contest.undecided.delete(undecided)
      this.#end(organizationId, contest)
      resolve()
    }
  }

  #end(organizationId: string, contest: Contest): void {
    const isOver = contest.asking === 0 && contest.undecided.size === 0
    if (isOver && this.#of.get(organizationId) === contest) this.#of.delete(organizationId)
  }
}
