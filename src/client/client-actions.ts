import { budgetRunOf, holdOf, LateSettlements, run } from '../facade/actions.ts'
import type { Timers } from '../facade/timers.ts'

/** Holds and `run`. Loaded on first use, because most pages in a browser only read. */
export const clientActions = (timers: Pick<Timers, 'after'>) => ({
  actions: { budgetRunOf, holdOf, LateSettlements, run },
  settlements: new LateSettlements({
    timers,
    onUnsettled: (error, { reservationId }, used) =>
      used
        ? console.error(`tollgate: the use of the hold ${reservationId} is lost`, error, used)
        : console.warn(`tollgate: the hold ${reservationId} is not released, and expires`, error),
  }),
})

export type ClientActions = ReturnType<typeof clientActions>
