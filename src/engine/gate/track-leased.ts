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
 * Decides a plain call on existing leases, without waiting. It needs a cached organization, and
 * enough leased of every limit. `otherwise` decides all other calls.
 *
 * Without a journal it does no I/O and creates no promise. With one, the answer waits until the
 * calls of this turn are written to it.
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

/** Decides a call on leases, and leases more if needed. Undefined: the authority must decide. */
export const trackAfterRefill = async (
  ctx: Context,
  item: UsageItem,
): Promise<LeasedDecision | undefined> => {
  if (!ctx.leases) return undefined
  const account = await ctx.guard.run(() => ctx.accounts.get(item.organizationId))
  // Leases only cover current windows.
  if (!account || (!isOfNow(item) && touchesLimit(account, item))) return undefined
  const needs = await ctx.leases.take(account, item)
  return needs && recorded(ctx, account, pricedUse(item, needs), async () => undefined)
}

/**
 * Queues a use that was debited. If the queue does not accept it, the units go back to the lease.
 */
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
  // One promise per call. An async function would create two more and take extra turns.
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
 * A call with an id may be a retry, and only the store has its first answer. Budgets are never
 * leased.
 */
export const mustAskStore = (
  { id, budget }: Pick<Call, 'id' | 'budget'>,
  options: CallOptions | undefined,
): boolean => id !== undefined || budget !== undefined || options?.idempotencyKey !== undefined

/**
 * Tells, without waiting, whether calls of the organization may be decided on leases. If not, a
 * call must not lose its place to a later one.
 */
export const mayLease = (ctx: Context, organizationId: string): boolean => {
  if (!ctx.leases) return false
  const account = accountAhead(ctx, organizationId)
  return account ? account.isLeased : ctx.accounts.mode === 'leased'
}

/**
 * The account, if it is cached. Otherwise it is read in the background, so that its policies are
 * known if the store or this server cannot be reached later.
 */
export const accountAhead = (
  { accounts, clock }: Context,
  organizationId: string,
): Account | undefined => {
  const account = accounts.known(organizationId, clock.now().getTime())
  if (!account) accounts.get(organizationId).catch(() => {})
  return account
}

const isOfNow = ({ occurredAt, receivedAt }: UsageItem): boolean =>
  occurredAt.getTime() === receivedAt.getTime()

const touchesLimit = ({ limits }: Account, { amounts }: UsageItem): boolean =>
  limits.some(({ row }) => unitsOf(row, amounts) !== 0)
