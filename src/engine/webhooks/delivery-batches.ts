import {
  dueDeliveriesOf,
  releaseEndpoints,
  type Success,
  writeSuccesses,
} from '../../storage/tables/delivery-batches.ts'
import type { AfterTry, DueDelivery } from '../../storage/tables/dispatch.ts'
import type { Context } from '../context.ts'
import { GroupCommit } from '../group-commit/group-commit.ts'
import { isItemFault } from '../group-commit/item-fault.ts'
import { isBusy } from '../group-commit/store-guard.ts'

const MOST_AT_ONCE = 200
/** More than all endpoints together can have in progress at once. */
const CAPACITY = 100_000

/** The reads and writes of many turns, each kind combined into one statement. */
export interface DeliveryBatches {
  /** The due deliveries of an endpoint, including those that are being sent. */
  readonly due: (endpointId: string) => Promise<readonly DueDelivery[]>
  /** Stores a success. Undefined: another process has taken the lease, and nothing was stored. */
  readonly succeeded: (success: Success) => Promise<AfterTry | undefined>
  /** Releases an endpoint. Returns true if it already has another due delivery. */
  readonly release: (endpointId: string, lease: string) => Promise<boolean>
}

/**
 * Turns start together and end one by one, so the statements of different turns are combined.
 * `limit` is the most deliveries to read for an endpoint at once.
 */
export const createDeliveryBatches = (
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  limit: number,
): DeliveryBatches => {
  const shared = <Item, Result>(
    name: string,
    commit: (items: readonly Item[]) => Promise<readonly Result[]>,
  ) =>
    new GroupCommit<Item, Result>({
      name: `deliveries ${name}`,
      commit,
      maxBatch: MOST_AT_ONCE,
      capacity: CAPACITY,
      // A fault or a lock of one item does not make the others wait.
      isItemFault: (error) => isItemFault(error) || isBusy(error),
    })
  const due = shared('due', (ids: readonly string[]) =>
    dueDeliveriesOf(db, ids, { at: clock.now(), limit }),
  )
  const written = shared('written', (successes: readonly Success[]) =>
    writeSuccesses(db, successes),
  )
  const released = shared(
    'released',
    (leased: readonly { readonly endpointId: string; readonly lease: string }[]) =>
      releaseEndpoints(db, leased, clock.now()),
  )
  return {
    due: (endpointId) => due.submit(endpointId),
    succeeded: (success) => written.submit(success),
    release: (endpointId, lease) => released.submit({ endpointId, lease }),
  }
}
