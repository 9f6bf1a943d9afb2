import { TollgateError } from '../../contract/errors.ts'
import type { Queryable } from '../../storage/database.ts'
import { countEndpoints } from '../../storage/tables/endpoints.ts'
import { type Owner, ownerId } from './owned-endpoint.ts'

/** Each event is written once for each of them, whatever its channel is. */
const MOST_ENDPOINTS = 50

/** @throws TollgateError where an owner has as many endpoints and channels as may be. */
export const requireRoom = async (tx: Queryable, owner: Owner, field: string): Promise<void> => {
  if ((await countEndpoints(tx, ownerId(owner))) < MOST_ENDPOINTS) return
  const message = `there are ${MOST_ENDPOINTS} endpoints and channels already: remove one first`
  throw new TollgateError('unprocessable', { detail: message, faults: [{ field, message }] })
}
