import type { Database, Queryable } from '../../storage/database.ts'
import {
  type ExtendAsk,
  type ExtendOutcome,
  extendReservation,
  type SettleAsk,
  type SettleOutcome,
  settleReservations,
} from '../../storage/gate/reservations.ts'
import {
  type DecideAsk,
  type DecideOutcome,
  decideUsage,
  type NodeOfStore,
} from '../../storage/gate/usage.ts'
import type { Clock } from '../clock.ts'
import { isItemFault } from '../group-commit/item-fault.ts'
import { Lanes } from '../group-commit/lanes.ts'
import { lockWaits } from '../group-commit/lock-waits.ts'
import type { Partitions } from '../ledger/partitions.ts'

/**
 * Strict decisions by group commit. Requests that arrive while a statement runs are decided by the
 * next one, in their order. Each decision is committed before it is returned.
 */
export class Gate {
  readonly #parts: { db: Database; node: NodeOfStore; clock: Clock; partitions: Partitions }
  readonly #deciding: Lanes<DecideAsk, DecideOutcome>
  readonly #settling: Lanes<SettleAsk, SettleOutcome>

  constructor(parts: {
    db: Database
    node: NodeOfStore
    clock: Clock
    partitions: Partitions
    lanes: number
    maxBatch: number
    capacity: number
  }) {
    const { db, node, clock, partitions, maxBatch, capacity } = parts
    this.#parts = parts
    const shared = { maxBatch, capacity, isItemFault, locks: lockWaits(db) }
    this.#deciding = new Lanes(parts.lanes, {
      ...shared,
      name: 'commit decisions',
      organizationOf: ({ item }) => item.organizationId,
      keyOf: ({ item }) => `${item.organizationId}\n${item.id}`,
      commit: (asks) => {
        const at = clock.now()
        return partitions.writing(
          () => [at, ...asks.map(({ item }) => item.occurredAt)],
          () => decideUsage(db, asks, node, at),
        )
      },
    })
    this.#settling = new Lanes(parts.lanes, {
      ...shared,
      name: 'commit settlements',
      organizationOf: ({ item }) => item.organizationId,
      keyOf: ({ reservationId }) => reservationId,
      commit: (asks) =>
        partitions.writing(
          () => asks.map(({ item }) => item.occurredAt),
          () => settleReservations(db, asks, clock.now()),
        ),
    })
  }

  /** Resolves with the decision, once it and its consequences are committed. */
  decide(ask: DecideAsk): Promise<DecideOutcome> {
    return this.#deciding.submit(ask)
  }

  /**
   * Runs in a statement of its own, since extensions are rare and must not wait for other calls.
   * It uses the connections of its caller.
   */
  extend(ask: ExtendAsk, db: Queryable): Promise<ExtendOutcome | undefined> {
    const { node, clock, partitions } = this.#parts
    const at = clock.now()
    return partitions.writing(
      () => [at],
      () => extendReservation(db, ask, node, at),
    )
  }

  settle(ask: SettleAsk): Promise<SettleOutcome> {
    return this.#settling.submit(ask)
  }

  get queued(): number {
    return this.#deciding.length + this.#settling.length
  }

  get batches(): number {
    return this.#deciding.batches + this.#settling.batches
  }

  async drain(): Promise<void> {
    await Promise.all([this.#deciding.drain(), this.#settling.drain()])
  }
}
