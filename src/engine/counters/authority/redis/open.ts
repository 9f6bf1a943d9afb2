import type { Ask, Authority, Return, Taken } from '../authority.ts'
import { CircuitBreaker } from '../circuit-breaker.ts'
import type { Timer } from '../deadline.ts'
import { recallMessage } from '../recall-message.ts'
import { readRedisAddress } from './address.ts'
import { type Caller, inRounds } from './batch.ts'
import { openConnection, scriptOf } from './connection.ts'
import { checkAsk, checkReturn } from './exact-sizes.ts'
import { askAll, inTime, type Link } from './exchange.ts'
import { counters, give, take } from './generated/scripts.ts'
import { giveCall } from './give-call.ts'
import { keyNames } from './key-names.ts'
import { openRecalls } from './recalls.ts'
import { type Seed, sharedSeeding } from './seeding.ts'
import { readTaken, returnsOf, takeCall } from './take-call.ts'

export interface RedisAuthorityOptions {
  /** One server, or the nodes of a cluster: see `readRedisAddress`. */
  readonly url: string
  /** The id of this process among those that share the counters. It must never be reused. */
  readonly node: string
  /** Only for time-outs and pauses. Decisions use the server's clock. */
  readonly clock: Timer & { now(): Date }
  /** The levels by the ledger, for windows that Redis does not have. */
  readonly seed: Seed
  /** The time-out of a request. Default 50 ms. */
  readonly timeoutMs?: number
  /** The time after its last sign of life when a process counts as dead. Default 3 s. */
  readonly leaseTtlMs?: number
  /** The prefix of all keys. Default `tollgate`. */
  readonly keyPrefix?: string
  /** `store`, the default, is the server's clock. A function is for tests. */
  readonly time?: 'store' | (() => number)
}

/**
 * The authority on Redis (5 or later) or Redis Cluster. It connects in the background. A request
 * that is not answered in time throws `AuthorityUnavailable`.
 *
 * Redis may lose its latest writes, so it must not be the only record of money. Lost windows are
 * seeded from the ledger, and lost rates start at zero. Leases that processes still hold are then
 * unknown to Redis. If the connection was lost too, listeners of `onRecall` get `undefined`, and
 * must return their leases.
 *
 * A take without an answer may have been executed. If its answer arrives late, the units are
 * returned. If not, they are forfeited until the window ends.
 */
export const openRedisAuthority = (options: RedisAuthorityOptions): Authority => {
  const { node, clock, timeoutMs = 50, leaseTtlMs = 3_000, time = 'store' } = options
  const address = readRedisAddress(options.url)
  const names = keyNames(options.keyPrefix ?? 'tollgate')
  const connection = openConnection(address, timeoutMs)
  const link: Link = { connection, clock, timeoutMs, breaker: new CircuitBreaker({ clock }) }
  const seeding = sharedSeeding(options.seed)
  const caller: Caller = {
    node,
    leaseTtlMs,
    time: time === 'store' ? () => '' : () => String(time()),
  }
  const scripts = { take: scriptOf(counters + take), give: scriptOf(counters + give) }
  const recalls = openRecalls({ node, clock, channel: names.recalls, servers: connection.servers })

  /** Nothing waits for this return. Units that cannot be returned are forfeited. */
  const giveBack = (asks: readonly Ask[], taken: readonly Taken[]): void => {
    for (const round of inRounds(returnsOf(asks, taken))) {
      const calls = round.map((batch) => giveCall(names, batch).build(caller, new Map()))
      connection.run(scripts.give, calls)
    }
  }

  const takeAll = async (asks: readonly Ask[], taken: Taken[]): Promise<void> => {
    for (const round of inRounds(asks)) {
      const answers = await askAll(
        link,
        seeding,
        caller,
        scripts.take,
        round.map((batch) => ({
          organizationId: batch.organizationId,
          call: takeCall(names, batch),
          unheard: (answer) => giveBack(batch.items, readTaken(answer)),
        })),
      )
      for (const [i, { positions }] of round.entries()) {
        const own = readTaken(answers[i])
        for (const [j, position] of positions.entries()) taken[position] = own[j]!
      }
    }
  }

  return {
    leasesAll: false,
    take: async (asks) => {
      asks.forEach(checkAsk)
      const taken: Taken[] = []
      try {
        await takeAll(asks, taken)
      } catch (error) {
        // Undoes the rounds before the failed one.
        giveBack(asks, taken)
        throw error
      }
      return taken
    },
    give: async (returns: readonly Return[]) => {
      returns.forEach(checkReturn)
      for (const round of inRounds(returns)) {
        const questions = round.map((batch) => ({
          organizationId: batch.organizationId,
          call: giveCall(names, batch),
          unheard: () => undefined,
        }))
        await askAll(link, seeding, caller, scripts.give, questions)
      }
    },
    recall: async (organizationId) => {
      const message = recallMessage({ node, organizationId })
      await inTime(link, () => connection.publish(names.recalls, message))
    },
    onRecall: async (listener) => recalls.listen(listener),
    close: async () => {
      await Promise.all([connection.close(), recalls.close()])
    },
  }
}
