import type { Decision } from '../../contract/decision.ts'
import { isConcurrency } from '../../core/limit-kind.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import type { Account } from '../counters/account.ts'
import { subjectOf } from '../counters/touched-limit.ts'
import { isAway } from '../group-commit/store-guard.ts'
import { decisionValue, refusalValue } from './decision-value.ts'
import { policyOf } from './failure-policy.ts'

/**
 * Decides a call while Redis or the database is unavailable, by the policies of the limits that it
 * touches. If all are open, the call is allowed and recorded later. Otherwise it is refused as
 * `unavailable`. Any other error is thrown again.
 */
export const trackWhileStoreIsAway = async (
  ctx: Context,
  item: UsageItem,
  error: unknown,
): Promise<Decision> => {
  if (!ctx.leases || !isAway(error)) throw error
  const decision = await byPolicies(ctx, item)
  ctx.counters[decision.allowed ? 'withoutStoreAllowed' : 'withoutStoreRefused'] += 1
  return decision
}

const byPolicies = async (ctx: Context, item: UsageItem): Promise<Decision> => {
  // The account as it was read last.
  const account = ctx.accounts.last(item.organizationId)
  if (account && isRefusedAnonymous(account, item)) {
    return { ...refusalValue('subject_missing', ctx.ids()), degraded: true }
  }
  // A budget's remainder is only known to the store, so such a call is refused.
  const isOpen =
    account !== undefined && item.budgetId === undefined && touchesOnlyOpen(account, item)
  const isKept = isOpen && (await ctx.recorder.put({ item: { ...item, verb: 'track' } }, 'synced'))
  if (!isKept) {
    return { ...refusalValue('unavailable', ctx.ids()), retryAfter: 1, degraded: true }
  }
  return decisionValue(
    {
      decisionId: item.id,
      decidedAtMs: item.receivedAt.getTime(),
      allowed: true,
      microCredits: item.microCredits,
      limits: [],
      warnPercent: account.organization.warn_percent,
      eventId: item.id,
      degraded: true,
    },
    account.organization,
    ctx.catalog,
  )
}

const touched = (account: Account, { amounts }: UsageItem) =>
  account.limits.filter(({ row }) => amounts.some(({ meter }) => meter === row.meter))

/** A limit per user or key refuses a call without one. This needs no store. */
const isRefusedAnonymous = (account: Account, item: UsageItem): boolean =>
  touched(account, item).some(
    ({ row }) =>
      row.refuses_anonymous &&
      !isConcurrency(row.window_name) &&
      subjectOf(row, item) === undefined,
  )

const touchesOnlyOpen = (account: Account, item: UsageItem): boolean =>
  touched(account, item).every(({ row }) => policyOf(row) === 'open')
