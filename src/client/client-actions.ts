import { actionsOf } from '../facade/actions.ts'
import { LateSettlements } from '../facade/late-settlements.ts'
import { systemTimers } from '../facade/timers.ts'
import type { ClientOptions } from './create-client.ts'

/** Holds and `run`. Loaded on first use, because most pages in a browser only read. */
export const clientActions = ({ clock, organizationId }: ClientOptions) => {
  const settlements = new LateSettlements({
    timers: clock ?? systemTimers,
    onUnsettled: (error, { reservationId }, used) =>
      used
        ? console.error(`tollgate: the use of the hold ${reservationId} is lost`, error, used)
        : console.warn(`tollgate: the hold ${reservationId} is not released, and expires`, error),
  })
  return { ...actionsOf({ timers: systemTimers, settlements, organizationId }), settlements }
}
