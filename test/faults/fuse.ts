import type { Database, Queryable } from '../../src/storage/database.ts'

/**
 * Ends a process at one of its steps, as far as the world can tell: from then on nothing that it
 * asks for is done or answered. A step is a statement, a commit or a request: before it, and after
 * it when nobody has heard of it yet.
 */
export class Fuse {
  #left = Number.POSITIVE_INFINITY
  #steps = 0

  /** Burns through at the step after so many. */
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

  /** Whether it has ended by this step. */
  step(): boolean {
    this.#steps += 1
    this.#left -= 1
    return this.isBlown
  }
}

/** A database as a process has it that ends when the fuse does. */
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
        // Before the commit, which then does not come.
        step()
        return done
      })
      // After the commit, of which nobody hears.
      step()
      return result
    },
    close: async () => undefined,
  }
}
