import type { Database, Queryable } from '../../src/storage/database.ts'

/**
 * Ends a process at one of its steps, as seen from outside: none of its later requests is executed
 * or answered. A step is a statement, a commit or a request. It can end before the step, or after
 * it and before the answer.
 */
export class Fuse {
  #left = Number.POSITIVE_INFINITY
  #steps = 0

  /** Blows at the step after this many. */
  arm(steps: number): void {
    this.#left = steps
    this.#steps = 0
  }

  disarm(): void {
    this.#left = Number.POSITIVE_INFINITY
  }

  /** Since it was armed. */
  get steps(): number {
    return this.#steps
  }

  get isBlown(): boolean {
    return this.#left < 0
  }

  /** Whether the fuse blew at this step. */
  step(): boolean {
    this.#steps += 1
    this.#left -= 1
    return this.isBlown
  }
}

/** A process's database that ends with the fuse. */
export const withFuse = (database: Database, fuse: Fuse): Database => {
  const step = () => {
    if (fuse.step()) throw new Error('the process has ended')
  }
  const fused = (on: Queryable): Queryable => ({
    query: async (text, values) => {
      step()
      const rows = await on.query(text, values)
      step()
      return rows as never
    },
  })
  return {
    ...database,
    ...fused(database),
    transaction: async (work) => {
      step()
      const result = await database.transaction(async (tx) => {
        const done = await work(fused(tx))
        // Before the commit, which then never happens.
        step()
        return done
      })
      // After the commit, whose answer never arrives.
      step()
      return result
    },
    close: async () => undefined,
  }
}
