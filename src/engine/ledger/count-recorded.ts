import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'

/** Counts a recorded event in this process's metrics. */
export const countRecorded = ({ counters }: Context, item: UsageItem): void => {
  counters.eventsRecorded += 1
  if (item.priceSource === 'unpriced') counters.eventsUnpriced += 1
}
