import { isHopeless } from '../../core/delivery-schedule.ts'
import type { Queryable } from '../../storage/database.ts'
import { failedSince } from '../../storage/tables/dispatch.ts'

/** More failed tries than these need not be counted. */
const MOST_COUNTED = 10

/** Why an endpoint or a channel is given up that nothing came through to; undefined: it is not. */
export const hopelessness = async (
  tx: Queryable,
  endpointId: string,
  failingSince: Date | null,
  at: Date,
): Promise<string | undefined> => {
  if (failingSince === null || !isHopeless(failingSince, MOST_COUNTED, at)) return undefined
  const failed = await failedSince(tx, endpointId, failingSince, MOST_COUNTED)
  if (!isHopeless(failingSince, failed, at)) return undefined
  return `nothing came through since ${failingSince.toISOString()}`
}
