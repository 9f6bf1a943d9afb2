import type { Clock } from '../clock.ts'
import { Lanes, type LanesOptions } from '../group-commit/lanes.ts'
import type { StoreGuard } from '../group-commit/store-guard.ts'
import type { Account, Slot } from './account.ts'
import type { Ask, Authority, Return, Taken } from './authority/authority.ts'
import type { Need } from './needs.ts'

export type RefillOutcome = 'granted' | 'refused'

interface Waiting {
  readonly needs: readonly Need[]
  resolve(outcome: RefillOutcome): void
  reject(error: unknown): void
}

const FIRST_BLOCK_CALLS = 16
/** A block that is requested again sooner becomes larger. */
const BRISK_MS = 250
/** A block that lasts longer becomes smaller. */
const LEISURELY_MS = 1_000
const LARGEST_BLOCK = 2 ** 50

/**
 * Leases more units. Callers of an organization that arrive during a round trip share the next one.
 * Organizations share round trips too.
 *
 * The size of a lease follows the rate of use: docs/concepts/gate.md, "How leases are sized".
 */
export class Refills {
  readonly #clock: Clock
  readonly #takes: ReadonlyMap<Authority, Lanes<Ask, Taken>>
  readonly #waiting = new Map<Account, Waiting[]>()

  constructor(parts: {
    clock: Clock
    guards: ReadonlyMap<Authority, StoreGuard>
    locks: LanesOptions<Ask, Taken>['locks']
  }) {
    this.#clock = parts.clock
    const takes = (authority: Authority, guard: StoreGuard) =>
      new Lanes<Ask, Taken>(1, {
        name: 'take leases',
        commit: (asks) => takeInTime(authority, guard, asks),
        organizationOf: (ask) => ask.organizationId,
        locks: parts.locks,
        keyOf: (ask) => ask.organizationId,
        maxBatch: 1_000,
        capacity: Number.POSITIVE_INFINITY,
        isItemFault: () => false,
      })
    this.#takes = new Map(
      [...parts.guards].map(([authority, guard]) => [authority, takes(authority, guard)]),
    )
  }

  /** Resolves when all units are leased or refused. Rejects if the authority does not answer. */
  lease(account: Account, needs: readonly Need[]): Promise<RefillOutcome> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(account)
      if (waiting) {
        waiting.push({ needs, resolve, reject })
        return
      }
      this.#waiting.set(account, [{ needs, resolve, reject }])
      void this.#run(account)
    })
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#takes.values()].map((takes) => takes.drain()))
  }

  async #run(account: Account): Promise<void> {
    // Waits for one turn, so that callers of the same moment share a request.
    await Promise.resolve()
    for (;;) {
      const batch = this.#waiting.get(account) ?? []
      if (batch.length === 0) break
      this.#waiting.set(account, [])
      try {
        const outcome = await this.#leaseAll(account, batch)
        for (const { resolve } of batch) resolve(outcome)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#waiting.delete(account)
  }

  /**
   * Asks one authority after another. If a later one refuses, the earlier grants stay leased here.
   */
  async #leaseAll(account: Account, batch: readonly Waiting[]): Promise<RefillOutcome> {
    const sums = new Map<Slot, number>()
    for (const { needs } of batch) {
      for (const { slot, units } of needs) sums.set(slot, (sums.get(slot) ?? 0) + units)
    }
    for (const [authority, takes] of this.#takes) {
      const slots = [...sums.keys()].filter((slot) => slot.limit.authority === authority)
      if (slots.length === 0) continue
      const nowMs = this.#clock.now().getTime()
      const taken = await takes.submit({
        organizationId: account.organization.id,
        wants: slots.map((slot) => wantOf(slot, sums.get(slot) ?? 0, nowMs)),
      })
      if (!taken.taken) return 'refused'
      for (const [index, slot] of slots.entries()) {
        const grant = taken.grants[index]
        if (grant) receive(slot, sums.get(slot) ?? 0, grant, this.#clock.now().getTime())
      }
    }
    return 'granted'
  }
}

/** Returns a grant that arrives after the timeout. Otherwise it would be forfeited. */
const takeInTime = async (
  authority: Authority,
  guard: StoreGuard,
  asks: readonly Ask[],
): Promise<readonly Taken[]> => {
  let isLate = false
  try {
    return await guard.run(async () => {
      const taken = await authority.take(asks)
      if (isLate) {
        const returns = asks.flatMap((ask, place) => granted(authority, ask, taken[place]))
        await authority.give(returns)
      }
      return taken
    })
  } catch (error) {
    isLate = true
    throw error
  }
}

const granted = (
  { leasesAll }: Authority,
  { organizationId, wants }: Ask,
  taken: Taken | undefined,
): Return[] =>
  taken?.taken
    ? wants.flatMap(({ counter, units }, index): Return[] => {
        const leased = taken.grants[index]?.leased ?? 0
        if (leasesAll) return [{ organizationId, counter, units: units + leased, as: 'unused' }]
        return [
          { organizationId, counter, units, as: 'undone' },
          { organizationId, counter, units: leased, as: 'unused' },
        ]
      })
    : []

/** The missing units, and a block whose size follows the rate of use. */
const wantOf = (slot: Slot, units: number, nowMs: number) => {
  const lastedMs = nowMs - slot.leasedAtMs
  if (slot.block === 0) slot.block = units * FIRST_BLOCK_CALLS
  else if (lastedMs > LEISURELY_MS) slot.block = Math.max(Math.ceil(slot.block / 2), units)
  else if (units > 0 || lastedMs < BRISK_MS) slot.block = Math.min(slot.block * 4, LARGEST_BLOCK)
  const block = Math.max(0, slot.block - slot.available)
  return { counter: slot.counter, units, block, have: slot.available }
}

const receive = (
  slot: Slot,
  units: number,
  grant: { leased: number; level: number },
  nowMs: number,
): void => {
  slot.available += units + grant.leased
  if (!slot.limit.isPosted) slot.prepaid += units
  slot.level = grant.level
  slot.leasedAtMs = nowMs
  slot.isBare = grant.leased === 0 && slot.available <= units
  slot.lowWater = Math.floor(slot.available / 2)
}
