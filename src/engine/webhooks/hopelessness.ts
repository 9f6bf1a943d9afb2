import { isHopeless } from '../../core/delivery-schedule.ts'
import type { Queryable } from '../../storage/database.ts'
import { failedSince } from '../../storage/tables/dispatch.ts'

/** The count of failed tries stops here, since more make no difference. */
const MOST_COUNTED = 10

/** The reason to disable an endpoint or a channel whose deliveries all fail. Undefined: not yet. */
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
