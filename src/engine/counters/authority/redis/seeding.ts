import type { Counter } from '../authority.ts'
import { checkLevel } from './exact-sizes.ts'

/**
 * The levels of counters according to the ledger, in their order: what is used and held. It is
 * asked for windows only, and whatever it throws reaches whoever asked the authority.
 */
export type Seed = (
  organizationId: string,
  counters: readonly Counter[],
) => Promise<readonly number[]>

/** The same, in one query for all who ask for the same counters at the same time. */
export type Seeding = Seed

/** After a loss everybody asks for the same counters at once; the ledger is asked once for them. */
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
