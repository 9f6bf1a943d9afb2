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
import { mayTrackLeased, trackLeased, trackWithoutStore } from './track-leased.ts'

/**
 * Decides on a call and, when it is allowed, records it, in one commit. The same id again gives
 * the first answer; a refusal keeps nothing under the id, so a later try is decided afresh.
 */
export const track = async (
  ctx: Context,
  input: Call,
  options: CallOptions = {},
): Promise<Replayable<Decision>> => {
  const event = isPlainEvent(input) ? input : parse(usageEventSchema, input)
  const call = await prepareCall(ctx, event, options, true)
  if ('refused' in call) return refused(ctx, call.refused)
  const { organization, item } = call
  try {
    // A call with an id may be a retry: only the store knows the first answer.
    const hasId = event.id !== undefined || options.idempotencyKey !== undefined
    // A budget is decided by the store alone: none of it is ever on lease.
    const mayLease = item.budgetId === undefined && mayTrackLeased(ctx, item)
    const leased = !hasId && mayLease ? await trackLeased(ctx, item) : undefined
    if (leased) {
      countDecision(ctx, 'leased', true)
      return { ...leased, replayed: false }
    }
    return strictAnswer(
      ctx,
      organization,
      item,
      await decideStrictly(ctx, {
        item,
        verb: 'track',
        decisionId: ctx.ids(),
      }),
    )
  } catch (error) {
    const account = ctx.accounts.last(item.organizationId)
    const value = await trackWithoutStore(ctx, account, item, error)
    countDecision(ctx, 'withoutStore', value.allowed)
    return { ...value, replayed: false }
  }
}

const strictAnswer = (
  ctx: Context,
  organization: OrganizationRow,
  item: UsageItem,
  outcome: DecideOutcome,
): Replayable<Decision> => {
  if (outcome.outcome === 'replay' && !outcome.decision) {
    // Recorded without a decision (by `record`): it is in the books, so it was let through.
    return { ...recordedBefore(ctx, organization, item.id), replayed: true }
  }
  const decision = decisionOf(outcome)
  if (typeof decision === 'string') return refused(ctx, decision)
  if (outcome.outcome === 'decided') {
    countDecision(ctx, 'strict', decision.allowed)
    if (decision.allowed) countRecorded(ctx, item)
  }
  const replayed = outcome.outcome === 'replay'
  // The value is new and ours; to copy it would cost each call a microsecond.
  return Object.assign(keptDecisionValue(ctx, organization, decision), { replayed })
}

/** The stored decision of an outcome, or the reason for which there is none; a conflict throws. */
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

/** What a kept decision says; the same words for the first answer and for every replay. */
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

export const countDecision = (
  { counters }: Context,
  path: 'leased' | 'strict' | 'withoutStore',
  allowed: boolean,
): void => {
  if (path === 'leased') counters.leasedAllowed += 1
  else counters[`${path}${allowed ? 'Allowed' : 'Refused'}`] += 1
}

const refused = (ctx: Context, reason: DecisionReason): Replayable<Decision> => {
  countDecision(ctx, 'strict', false)
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
