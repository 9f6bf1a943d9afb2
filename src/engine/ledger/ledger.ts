import type { Database } from '../../storage/database.ts'
import { type RecordOutcome, recordEvents } from '../../storage/tables/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Clock } from '../clock.ts'
import type { Done } from './group-commit.ts'
import { isItemFault } from './item-fault.ts'
import { Lanes } from './lanes.ts'
import type { Partitions } from './partitions.ts'

/** Writes recorded events, many callers to a statement. */
export class Ledger {
  readonly #lanes: Lanes<UsageItem, RecordOutcome>

  constructor(parts: {
    db: Database
    clock: Clock
    partitions: Partitions
    lanes: number
    maxBatch: number
    capacity: number
  }) {
    const { db, clock, partitions } = parts
    this.#lanes = new Lanes(parts.lanes, {
      commit: (items) =>
        partitions.writing(
          () => items.map((item) => item.occurredAt),
          () => recordEvents(db, items, clock.now()),
        ),
      organizationOf: (item) => item.organizationId,
      keyOf: (item) => `${item.organizationId}\n${item.id}`,
      maxBatch: parts.maxBatch,
      capacity: parts.capacity,
      isItemFault,
    })
  }

  /** Resolves after the commit. */
  record(item: UsageItem): Promise<RecordOutcome> {
    return this.#lanes.submit(item)
  }

  /** The same without a promise for each event. */
  add(item: UsageItem, done: Done<UsageItem, RecordOutcome>): void {
    this.#lanes.add(item, done)
  }

  get queued(): number {
    return this.#lanes.length
  }

  get batches(): number {
    return this.#lanes.batches
  }

  drain(): Promise<void> {
    return this.#lanes.drain()
  }
}
