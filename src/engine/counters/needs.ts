import { isConcurrency } from '../../core/limit-kind.ts'
import type { Account, LeasedLimit, Slot } from './account.ts'
import { type MeteredUse, subjectOf, unitsOf } from './touched-limit.ts'

/** The units that one decision needs of one slot. */
export interface Need {
  readonly slot: Slot
  readonly units: number
}

/**
 * The units that a call takes from each slot, in the order of the limits. Undefined where the
 * authority must decide it. The limits are the account's, or those of them that the call's event
 * type can touch.
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
    // A call that is let through at once is never in flight.
    if (units === 0 || isConcurrency(row.window_name)) continue
    if (!limit.isLeased) return undefined
    const subject = subjectOf(row, use)
    if (subject === undefined) {
      if (row.refuses_anonymous) return undefined
      continue
    }
    needs.push({ slot: account.slot(limit, subject, nowMs), units })
  }
  // Where the host did not choose leases, only a limit that says so makes a call a leased one.
  return needs.length > 0 || account.mode === 'leased' ? needs : undefined
}
