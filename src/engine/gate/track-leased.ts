import type { CallOptions, Replayable } from '../../contract/call.ts'
import type { Decision } from '../../contract/decision.ts'
import { isPlainEvent } from '../../contract/plain-event.ts'
import type { Call } from '../../contract/usage.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import type { Account } from '../counters/account.ts'
import { needsOf } from '../counters/needs.ts'
import { unitsOf } from '../counters/touched-limit.ts'
import { LeasedDecision } from './leased-decision.ts'
import { type LeasedUse, PlainUse, pricedUse } from './leased-use.ts'
import { plainAmounts, plainCallsOf } from './plain-calls.ts'

/**
 * Decides a plain call from what this process has on lease, without waiting: the organization is
 * known here and enough of every limit is on lease. Without a journal it makes no promise and does
 * no I/O. With one, the answer comes when the calls of this turn are written there. Every other
 * call is decided by `otherwise`.
 */
export const trackAtOnce = (
  ctx: Context,
  input: Call,
  options: CallOptions | undefined,
  otherwise: () => Promise<Replayable<Decision>>,
): LeasedDecision | Promise<Replayable<Decision>> => {
  const { leases, accounts, clock } = ctx
  const { organizationId } = input
  if (!leases || organizationId === undefined || mustAskStore(input, options)) return otherwise()
  const atMs = clock.now().getTime()
  const account = accounts.known(organizationId, atMs)
  if (!account?.mayDecideAt(atMs) || !isPlainEvent(input)) return otherwise()
  const calls = plainCallsOf(ctx, account, input.eventType)
  const amounts = calls && plainAmounts(calls, input)
  if (!amounts) return otherwise()
  const { userId } = input
  const apiKeyId = options?.apiKeyId
  const used = { organizationId, userId, apiKeyId, calls, event: input, amounts, atMs }
  const needs = needsOf(account, calls.limits, used, atMs)
  if (!needs || !leases.debit(account, needs, atMs)) return otherwise()
  return recorded(ctx, account, new PlainUse(ctx, used, needs), otherwise)
}

/**
 * Decides any call on leases, and leases more where there is not enough. Undefined when the
 * authority must decide it.
 */
export const trackAfterRefill = async (
  ctx: Context,
  item: UsageItem,
): Promise<LeasedDecision | undefined> => {
  if (!ctx.leases) return undefined
  const account = await ctx.guard.run(() => ctx.accounts.get(item.organizationId))
  // Leases are of the windows of now.
  if (!account || (!isOfNow(item) && touchesLimit(account, item))) return undefined
  const needs = await ctx.leases.take(account, item)
  return needs && recorded(ctx, account, pricedUse(item, needs), async () => undefined)
}

/** Records a use that was debited, with others. What is not recorded goes back on the lease. */
const recorded = <Other>(
  ctx: Context,
  account: Account,
  use: LeasedUse,
  otherwise: () => Promise<Other>,
): LeasedDecision | Promise<LeasedDecision | Other> => {
  const kept = put(ctx, account, use)
  if (kept === false) return undone(ctx, account, use, otherwise)
  const decision = new LeasedDecision(ctx, account, use)
  if (kept === true) return counted(ctx, decision)
  // One promise for each call: an async function here would be two more, and turns to wait.
  return kept.then<LeasedDecision | Other>((isKept) =>
    isKept ? counted(ctx, decision) : undone(ctx, account, use, otherwise),
  )
}

const put = (
  { recorder, leases }: Context,
  account: Account,
  use: LeasedUse,
): boolean | Promise<boolean> => {
  try {
    return recorder.put(use, 'written')
  } catch (error) {
    leases?.credit(account, use.needs)
    throw error
  }
}

const counted = ({ counters }: Context, decision: LeasedDecision): LeasedDecision => {
  counters.leasedAllowed += 1
  return decision
}

const undone = <Other>(
  { leases }: Context,
  account: Account,
  { needs }: LeasedUse,
  otherwise: () => Promise<Other>,
): Promise<Other> => {
  leases?.credit(account, needs)
  return otherwise()
}

/**
 * A call with an id may be a retry, and only the store knows the first answer. No budget is ever on
 * lease.
 */
export const mustAskStore = (
  { id, budget }: Pick<Call, 'id' | 'budget'>,
  options: CallOptions | undefined,
): boolean => id !== undefined || budget !== undefined || options?.idempotencyKey !== undefined

/**
 * Whether any call of the organization may be decided on leases. Answers without waiting: where
 * nothing is leased, a call must not lose its place to a later one. An account that is not known
 * yet is read all the same, for the time when the store is away.
 */
export const mayLease = ({ accounts, leases, clock }: Context, organizationId: string): boolean => {
  if (!leases) return false
  const account = accounts.known(organizationId, clock.now().getTime())
  if (!account) accounts.get(organizationId).catch(() => {})
  return account ? account.isLeased : accounts.mode === 'leased'
}

const isOfNow = ({ occurredAt, receivedAt }: UsageItem): boolean =>
  occurredAt.getTime() === receivedAt.getTime()

const touchesLimit = ({ limits }: Account, { amounts }: UsageItem): boolean =>
  limits.some(({ row }) => unitsOf(row, amounts) !== 0)
