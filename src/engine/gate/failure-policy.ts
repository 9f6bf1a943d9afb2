import type { LimitState } from '../../contract/decision.ts'
import { CREDITS_METER, type FailurePolicy } from '../../core/catalog-words.ts'
import { onFailureOf } from '../../core/limit-policy.ts'
import type { LimitRow } from '../../storage/gate/limits.ts'
import type { Context } from '../context.ts'

/** The policy of a limit for calls while the store is unavailable. */
export const policyOf = (row: LimitRow): FailurePolicy =>
  onFailureOf({ ...row, window: row.window_name, onFailure: row.on_failure ?? undefined })

/**
 * The policy for further calls like this one: same event type, and amounts of the same names.
 * Undefined: this process does not know the organization's limits yet. It accompanies each
 * decision, so it reads nothing.
 */
export const failurePolicy =
  (ctx: Context) =>
  (
    organizationId: string,
    eventType: string,
    touched: readonly LimitState[],
  ): FailurePolicy | undefined => {
    const account = ctx.accounts.known(organizationId, ctx.clock.now().getTime())
    const type = account && ctx.catalog.eventType(eventType, account.organization.catalog)
    if (!type) return undefined
    const meters = new Set(touched.map(({ meter }) => meter))
    // A price can depend on properties. This call may have been free, and the next one may not be.
    if (type.addsCredits) meters.add(CREDITS_METER)
    for (const [meter, from] of type.contributions) if (from !== 'quantity') meters.add(meter)
    const isOpen = account.limits.every(
      ({ row }) => !meters.has(row.meter) || policyOf(row) === 'open',
    )
    return isOpen ? 'open' : 'closed'
  }
