import type { Decision } from '../../contract/decision.ts'
import type { SeenLimit } from '../../core/decision.ts'
import { isConcurrency } from '../../core/limit-kind.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import type { Account } from '../counters/account.ts'
import { subjectOf } from '../counters/touched-limit.ts'
import { isAway } from '../group-commit/store-guard.ts'
import { decisionValue, refusalValue } from './decision-value.ts'
import { policyOf } from './failure-policy.ts'
import { seenOnLease } from './seen-on-lease.ts'

/**
 * The decision of a call from what this process has on lease, recorded with others afterwards; or
 * undefined when it is the authority's to make.
 */
export const trackLeased = async (ctx: Context, item: UsageItem): Promise<Decision | undefined> => {
  if (!ctx.leases) return undefined
  const account = await ctx.guard.run(() => ctx.accounts.get(item.organizationId))
  const needs = account && (await ctx.leases.take(account, item))
  if (!account || !needs) return undefined
  const spent = needs
    .filter(({ slot }) => slot.limit.isPosted)
    .map(({ slot, units }) => ({ lease: slot.ref, units }))
  const atMs = item.receivedAt.getTime()
  const limits = needs.map((need) =>
    seenOnLease(need, Math.max(0, need.slot.level - need.slot.available), atMs),
  )
  if (!(await ctx.recorder.put({ item: { ...item, verb: 'track' }, spent }, 'written'))) {
    // The store does not keep up with what is decided here, or the journal takes nothing: then
    // the store decides itself.
    ctx.leases.credit(account, needs)
    return undefined
  }
  return decidedHere(ctx, account, item, limits, false)
}

/**
 * Whether to try leases at all, without waiting: where nothing is leased, a call must not lose its
 * place to a later one. The account that is not known yet is read for the time when the store is
 * away.
 */
export const mayTrackLeased = (ctx: Context, { organizationId }: UsageItem): boolean => {
  if (!ctx.leases) return false
  const account = ctx.accounts.known(organizationId, ctx.clock.now().getTime())
  if (!account) ctx.accounts.get(organizationId).catch(() => {})
  if (ctx.leases.mode === 'leased') return true
  return account?.limits.some(({ row }) => row.decide === 'leased') ?? false
}

/** What the store is away for: let through and recorded later, or refused, by each limit's policy. */
export const trackWithoutStore = async (
  ctx: Context,
  account: Account | undefined,
  item: UsageItem,
  error: unknown,
): Promise<Decision> => {
  if (!ctx.leases || !isAway(error)) throw error
  if (account && isRefusedAnonymous(account, item)) {
    return { ...refusalValue('subject_missing', ctx.ids()), degraded: true }
  }
  const isOpen =
    account !== undefined && item.budgetId === undefined && touchesOnlyOpen(account, item)
  const isKept = isOpen && (await ctx.recorder.put({ item: { ...item, verb: 'track' } }, 'synced'))
  if (!isKept) {
    return { ...refusalValue('unavailable', ctx.ids()), retryAfter: 1, degraded: true }
  }
  return decidedHere(ctx, account, item, [], true)
}

const touched = (account: Account, item: UsageItem) =>
  account.limits.filter(({ row }) => item.amounts.some(({ meter }) => meter === row.meter))

/** Whoever it may be, it is not let through without being named: that needs no store. */
const isRefusedAnonymous = (account: Account, item: UsageItem): boolean =>
  touched(account, item).some(
    ({ row }) =>
      row.refuses_anonymous &&
      !isConcurrency(row.window_name) &&
      subjectOf(row, item.userId, item.apiKeyId) === undefined,
  )

const touchesOnlyOpen = (account: Account, item: UsageItem): boolean =>
  touched(account, item).every(({ row }) => policyOf(row) === 'open')

const decidedHere = (
  ctx: Context,
  account: Account,
  item: UsageItem,
  limits: readonly SeenLimit[],
  degraded: boolean,
): Decision =>
  decisionValue(
    {
      decisionId: item.id,
      decidedAtMs: item.receivedAt.getTime(),
      allowed: true,
      microCredits: item.microCredits,
      limits,
      warnPercent: account.organization.warn_percent,
      eventId: item.id,
      degraded,
    },
    account.organization,
    ctx.catalog,
  )
