import type { CallOptions, Replayable } from '../../contract/call.ts'
import type { Decision, DecisionReason } from '../../contract/decision.ts'
import { TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import { isPlainEvent } from '../../contract/plain-event.ts'
import { type Call, usageEventSchema } from '../../contract/usage.ts'
import type { DecideOutcome, KeptDecision } from '../../storage/gate/usage.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { UsageItem } from '../../storage/usage-batch.ts'
import type { Context } from '../context.ts'
import { countRecorded } from '../ledger/count-recorded.ts'
import { decideStrictly } from './decide-strictly.ts'
import { decisionValue, refusalValue } from './decision-value.ts'
import { prepareCall } from './prepare-call.ts'
import { mayLease, mustAskStore, trackAfterRefill, trackAtOnce } from './track-leased.ts'
import { trackWhileStoreIsAway } from './while-store-is-away.ts'

/**
 * Decides on a call and, if it is allowed, records it in the same commit. The same id returns the
 * first answer. A refusal is not stored under the id, so a later try is decided again.
 *
 * Ways to a decision, in order: existing leases, new leases, the authority, and the failure
 * policies while the store is unavailable. Nothing is awaited before the first way, so calls of one
 * turn keep their order.
 */
export const track = async (
  ctx: Context,
  input: Call,
  options: CallOptions = {},
): Promise<Replayable<Decision>> =>
  trackAtOnce(ctx, input, options, () => trackInTurn(ctx, input, options))

const trackInTurn = async (
  ctx: Context,
  input: Call,
  options: CallOptions,
): Promise<Replayable<Decision>> => {
  const event = isPlainEvent(input) ? input : parse(usageEventSchema, input)
  const call = await prepareCall(ctx, event, options, true)
  if ('refused' in call) return refused(ctx, call.refused)
  const { organization, item } = call
  try {
    // First, and for every call: it also begins to read the policies that hold in an outage.
    const isLeased = mayLease(ctx, organization.id) && !mustAskStore(event, options)
    const leased = isLeased ? await trackAfterRefill(ctx, item) : undefined
    if (leased) return leased
    const ask = { item, verb: 'track', decisionId: ctx.ids() } as const
    return strictAnswer(ctx, organization, item, await decideStrictly(ctx, ask))
  } catch (error) {
    return { ...(await trackWhileStoreIsAway(ctx, item, error)), replayed: false }
  }
}

const strictAnswer = (
  ctx: Context,
  organization: OrganizationRow,
  item: UsageItem,
  outcome: DecideOutcome,
): Replayable<Decision> => {
  if (outcome.outcome === 'replay' && !outcome.decision) {
    // The event was recorded by `record` without a decision, so the call counts as allowed.
    return { ...recordedBefore(ctx, organization, item.id), replayed: true }
  }
  const decision = decisionOf(outcome)
  if (typeof decision === 'string') return refused(ctx, decision)
  if (outcome.outcome === 'decided') {
    countStrict(ctx, decision.allowed)
    if (decision.allowed) countRecorded(ctx, item)
  }
  const replayed = outcome.outcome === 'replay'
  // The value is new and private. A copy would cost each call a microsecond.
  return Object.assign(keptDecisionValue(ctx, organization, decision), { replayed })
}

/** The stored decision of an outcome, or the reason why there is none. Throws on a conflict. */
export const decisionOf = (outcome: DecideOutcome): KeptDecision | DecisionReason => {
  if (outcome.outcome === 'conflict') {
    throw new TollgateError('idempotency_conflict', {
      faults: [
        { field: 'id', message: 'was used before with another payload or for a reservation' },
      ],
    })
  }
  if (outcome.decision) return outcome.decision
  switch (outcome.outcome) {
    case 'closed_organization':
    case 'subscription_paused':
    case 'subscription_ended':
      return outcome.outcome
    default:
      return 'unknown_organization'
  }
}

/** The value of a stored decision. The first answer and every replay are equal. */
export const keptDecisionValue = (
  ctx: Context,
  organization: OrganizationRow,
  decision: KeptDecision,
): Decision =>
  decisionValue(
    {
      ...decision,
      decisionId: decision.id,
      eventId: decision.verb === 'track' && decision.allowed ? decision.eventId : undefined,
    },
    organization,
    ctx.catalog,
  )

/** Counts a decision of the authority in this process's metrics. */
export const countStrict = ({ counters }: Context, allowed: boolean): void => {
  counters[allowed ? 'strictAllowed' : 'strictRefused'] += 1
}

const refused = (ctx: Context, reason: DecisionReason): Replayable<Decision> => {
  countStrict(ctx, false)
  return { ...refusalValue(reason, ctx.ids()), replayed: false }
}

const recordedBefore = (ctx: Context, organization: OrganizationRow, eventId: string): Decision =>
  decisionValue(
    {
      decisionId: ctx.ids(),
      decidedAtMs: ctx.clock.now().getTime(),
      allowed: true,
      microCredits: 0n,
      limits: [],
      warnPercent: organization.warn_percent,
      eventId,
    },
    organization,
    ctx.catalog,
  )
