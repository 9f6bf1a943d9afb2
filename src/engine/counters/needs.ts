import { isConcurrency } from '../../core/limit-kind.ts'
import type { Account, LeasedLimit, Slot } from './account.ts'
import { type MeteredUse, subjectOf, unitsOf } from './touched-limit.ts'

/** The units of one slot that a decision needs. */
export interface Need {
  readonly slot: Slot
  readonly units: number
}

/**
 * The units that a call takes from each slot, in the order of the limits. Undefined: the authority
 * must decide the call. `limits` are all limits of the account, or those that the event type can
 * touch.
 */
export const needsOf = (
  account: Account,
  limits: readonly LeasedLimit[],
  use: MeteredUse,
  nowMs: number,
): Need[] | undefined => {
  const needs: Need[] = []
  for (const limit of limits) {
    const { row } = limit
    const units = unitsOf(row, use.amounts)
    // A call that is admitted at once is never in flight, so it does not count for a concurrency.
    if (units === 0 || isConcurrency(row.window_name)) continue
    if (!limit.isLeased) return undefined
    const subject = subjectOf(row, use)
    if (subject === undefined) {
      if (row.refuses_anonymous) return undefined
      continue
    }
    needs.push({ slot: account.slot(limit, subject, nowMs), units })
  }
  // In strict mode, a call is only decided on leases if one of its limits chooses that.
  return needs.length > 0 || account.mode === 'leased' ? needs : undefined
}
