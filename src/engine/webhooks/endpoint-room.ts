import { TollgateError } from '../../contract/errors.ts'
import type { Queryable } from '../../storage/database.ts'
import { countEndpoints } from '../../storage/tables/endpoints.ts'
import { type Owner, ownerId } from './owned-endpoint.ts'

/** The most endpoints and channels of one owner, because each event is written once for each. */
const MOST_ENDPOINTS = 50

/** @throws TollgateError if the owner already has the most endpoints and channels. */
export const requireRoom = async (tx: Queryable, owner: Owner, field: string): Promise<void> => {
  if ((await countEndpoints(tx, ownerId(owner))) < MOST_ENDPOINTS) return
  const message = `there are ${MOST_ENDPOINTS} endpoints and channels already: remove one first`
  throw new TollgateError('unprocessable', { detail: message, faults: [{ field, message }] })
}
