import type { Counter } from '../authority.ts'
import { checkLevel } from './exact-sizes.ts'

/**
 * Returns the levels of counters by the ledger, used and held, in their order. It is only called
 * for windows. Its errors reach the caller of the authority.
 */
export type Seed = (
  organizationId: string,
  counters: readonly Counter[],
) => Promise<readonly number[]>

/** A seed that combines concurrent requests for the same counters into one query. */
export type Seeding = Seed

/**
 * After a loss, all callers need the same counters at once. The ledger is only queried once for
 * them.
 */
export const sharedSeeding = (seed: Seed): Seeding => {
  const running = new Map<string, Promise<number>>()

  const start = (organizationId: string, counters: readonly Counter[], names: string[]): void => {
    const levels = Promise.resolve(seed(organizationId, counters))
    for (const [i, counter] of counters.entries()) {
      const name = names[i]!
      const level = levels.then((all) => checkLevel(all[i], counter))
      running.set(name, level)
      level.then(
        () => running.delete(name),
        () => running.delete(name),
      )
    }
  }

  return async (organizationId, counters) => {
    const names = counters.map(({ key }) => JSON.stringify([organizationId, key]))
    const unknown = counters.filter((_, i) => !running.has(names[i]!))
    if (unknown.length > 0) {
      start(
        organizationId,
        unknown,
        names.filter((name) => !running.has(name)),
      )
    }
    return Promise.all(names.map((name) => running.get(name)!))
  }
}
