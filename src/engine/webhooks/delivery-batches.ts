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
/** More than may be under way at once of all endpoints together. */
const CAPACITY = 100_000

/** What the turns of endpoints ask of the store, for many of them in one statement. */
export interface DeliveryBatches {
  /** So much as is due of an endpoint, with what is under way of it. */
  readonly due: (endpointId: string) => Promise<readonly DueDelivery[]>
  /** Undefined: the lease went to somebody else meanwhile, and nothing was written. */
  readonly succeeded: (success: Success) => Promise<AfterTry | undefined>
  /** Gives an endpoint back; whether more of it is due already. */
  readonly release: (endpointId: string, lease: string) => Promise<boolean>
}

/**
 * Turns begin together, and end one by one; what each reads and writes shares the next statement.
 * `limit` is how much is read of an endpoint at once.
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
      // What one of them is to blame for, or keeps locked, the others do not wait for.
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
