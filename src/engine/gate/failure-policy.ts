import type { LimitState } from '../../contract/decision.ts'
import { CREDITS_METER, type FailurePolicy } from '../../core/catalog-words.ts'
import { onFailureOf } from '../../core/limit-policy.ts'
import type { LimitRow } from '../../storage/gate/limits.ts'
import type { Context } from '../context.ts'

/** The policy of one limit for calls while nobody can look at it. */
export const policyOf = (row: LimitRow): FailurePolicy =>
  onFailureOf({ ...row, window: row.window_name, onFailure: row.on_failure ?? undefined })

/**
 * The policy for calls like one that touched these limits: of the same event type, with amounts of
 * the same names. `undefined` where the organization's limits are
 * not known here yet. Reads nothing: it is told beside each decision.
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
    // This call may have cost nothing, where the price depends on properties; the next may not.
    if (type.addsCredits) meters.add(CREDITS_METER)
    for (const [meter, from] of type.contributions) if (from !== 'quantity') meters.add(meter)
    const isOpen = account.limits.every(
      ({ row }) => !meters.has(row.meter) || policyOf(row) === 'open',
    )
    return isOpen ? 'open' : 'closed'
  }
