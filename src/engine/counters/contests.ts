/** Calls of one organization that want the same at the same time. */
export interface Contest {
  /** How many are asking now. */
  asking: number
  /** Calls that Redis has let through and the database has yet to decide. */
  readonly undecided: Set<Promise<void>>
  /** How many of those came to nothing, so that their units are free again. */
  undone: number
}

/** Those of this process, by organization, as long as anybody asks or is yet to be decided. */
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

  /** Until the returned function is called, which says whether it came to anything. */
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
