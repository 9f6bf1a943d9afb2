import { TollgateError } from '../../contract/errors.ts'
import { SEND_BOUNDS, SENDS_COUNTED_MS, sendWaitMs } from '../../core/send-bounds.ts'
import type { Queryable } from '../../storage/database.ts'
import type { EndpointRow } from '../../storage/tables/endpoints.ts'
import { sendsByHand, writeSendByHand } from '../../storage/tables/sends-by-hand.ts'

const MOST_READ = 200

/**
 * Counts a send by hand to an endpoint or a channel, which is locked with its organization. Anybody
 * who may manage it could otherwise mail its address without end.
 *
 * @throws TollgateError `too_many_requests` with the wait, if it had its share.
 */
export const countSendByHand = async (
  tx: Queryable,
  { id, organization_id: owner }: Pick<EndpointRow, 'id' | 'organization_id'>,
  at: Date,
): Promise<void> => {
  const since = new Date(at.getTime() - SENDS_COUNTED_MS)
  const sends = await sendsByHand(tx, owner, { since, limit: MOST_READ })
  const waitMs = sendWaitMs(sends, id, at)
  if (waitMs === 0) return writeSendByHand(tx, owner, id, at)
  const { recipient, owner: all } = SEND_BOUNDS
  const retryAfterSeconds = Math.ceil(waitMs / 1_000)
  throw new TollgateError('too_many_requests', {
    detail:
      `tests and messages sent again are at most ${recipient.most} in ` +
      `${recipient.withinMs / 60_000} minutes for one recipient, and ${all.most} an hour in ` +
      `all: wait ${retryAfterSeconds} s`,
    retryAfterSeconds,
  })
}
