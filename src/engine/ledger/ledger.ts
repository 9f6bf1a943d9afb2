import type { SpanContext } from '@opentelemetry/api'
import type { Database } from '../../storage/database.ts'
import {
  type NodeOfStore,
  type RecordAsk,
  type RecordOutcome,
  recordEvents,
} from '../../storage/gate/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Clock } from '../clock.ts'
import type { Done } from '../group-commit/group-commit.ts'
import { isItemFault } from '../group-commit/item-fault.ts'
import { Lanes } from '../group-commit/lanes.ts'
import { lockWaits } from '../group-commit/lock-waits.ts'
import type { Partitions } from './partitions.ts'

/** Writes recorded events by group commit. */
export class Ledger {
  readonly #lanes: Lanes<RecordAsk, RecordOutcome>

  constructor(parts: {
    db: Database
    node: NodeOfStore
    clock: Clock
    partitions: Partitions
    lanes: number
    maxBatch: number
    capacity: number
    /** Called for each recorded event that was not decided on leases. */
    onRecorded?: ((item: UsageItem) => void) | undefined
  }) {
    const { db, node, clock, partitions } = parts
    this.#lanes = new Lanes(parts.lanes, {
      name: 'commit events',
      commit: (asks) =>
        partitions.writing(
          () => asks.map(({ item }) => item.occurredAt),
          async () => {
            const outcomes = await recordEvents(db, asks, node.id, clock.now())
            tell(asks, outcomes, parts.onRecorded)
            return outcomes
          },
        ),
      organizationOf: ({ item }) => item.organizationId,
      keyOf: ({ item }) => `${item.organizationId}\n${item.id}`,
      maxBatch: parts.maxBatch,
      capacity: parts.capacity,
      isItemFault,
      locks: lockWaits(db),
    })
  }

  /** Resolves after the commit. */
  record(ask: RecordAsk): Promise<RecordOutcome> {
    return this.#lanes.submit(ask)
  }

  /** Like `record`, without a promise per event. */
  add(ask: RecordAsk, done: Done<RecordAsk, RecordOutcome>, cause?: SpanContext): void {
    this.#lanes.add(ask, done, cause)
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

const tell = (
  asks: readonly RecordAsk[],
  outcomes: readonly RecordOutcome[],
  onRecorded: ((item: UsageItem) => void) | undefined,
): void => {
  if (!onRecorded) return
  for (const [index, { item, spent }] of asks.entries()) {
    if (spent === undefined && outcomes[index] === 'recorded') onRecorded(item)
  }
}
