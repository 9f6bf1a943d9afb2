import type { CallOptions, Replayable } from '../../contract/call.ts'
import type { Decision } from '../../contract/decision.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { check } from './check.ts'
import { extend } from './extend.ts'
import { reserve } from './reserve.ts'
import { track } from './track.ts'

type Gate = {
  readonly check: typeof check
  readonly track: typeof track
  readonly reserve: typeof reserve
  readonly extend: typeof extend
}

/** The gate's verbs. A refusal is queued for the audit log after the decision. */
export const auditedGate: Gate = {
  check: async (ctx, input, options) => {
    const decision = await check(ctx, input, options)
    // `check` refuses nobody, so it leaves no audit entry.
    if (!decision.allowed) ctx.unknownNames.note(decision.reason, input)
    return decision
  },
  track: async (ctx, input, options) => {
    const answer = await track(ctx, input, options)
    if (isNewRefusal(answer)) note(ctx, { verb: 'track', ...input }, options, answer)
    return answer
  },
  reserve: async (ctx, input, options) => {
    const answer = await reserve(ctx, input, options)
    if (isNewRefusal(answer)) note(ctx, { verb: 'reserve', ...input }, options, answer)
    return answer
  },
  extend: async (ctx, input, options) => {
    const answer = await extend(ctx, input, options)
    if (isNewRefusal(answer)) note(ctx, { verb: 'extend', ...input }, options, answer)
    return answer
  },
}

/**
 * Queues a refusal for the audit log. Also logs names that do not exist, when the host itself sent
 * them.
 */
const note = (
  ctx: Pick<Context, 'auditQueue' | 'unknownNames'>,
  call: RefusedCall,
  options: CallOptions | undefined,
  decision: Decision,
): void => {
  noteRefusal(ctx, call, options, decision)
  if (!decision.allowed) ctx.unknownNames.note(decision.reason, call)
}

const isNewRefusal = ({ allowed, replayed }: Replayable<Pick<Decision, 'allowed'>>): boolean =>
  !allowed && !replayed

/** The fields of a refused call for the audit log: whom it was for, without its content. */
interface RefusedCall {
  readonly verb: string
  readonly organizationId?: string | undefined
  readonly eventType?: string | undefined
  readonly userId?: string | null | undefined
  readonly reservationId?: string | undefined
}

const MAX_NAME = 129

/** An organization that does not exist has no audit chain, so guessed names create none. */
const noteRefusal = (
  ctx: Pick<Context, 'auditQueue'>,
  { verb, organizationId, eventType, userId, reservationId }: RefusedCall,
  options: CallOptions | undefined,
  { reason, decisionId, limits }: Decision,
): void => {
  if (organizationId === undefined) return
  // The length of an unknown id was not checked before, so it is cut.
  const named = organizationId.slice(0, MAX_NAME)
  const isUnknown = reason === 'unknown_organization'
  const refusing = limits.filter(({ refused }) => refused)
  ctx.auditQueue.add({
    organizationId: isUnknown ? null : named,
    category: 'limits',
    action: 'refused',
    // Sampling is per reason: each entry stands for others of the same reason.
    kind: reason ?? undefined,
    ...actorOf(options),
    subject: isUnknown ? `organization:${named}` : `decision:${decisionId}`,
    new: {
      verb,
      reason,
      eventType: eventType?.slice(0, MAX_NAME),
      userId: userId ?? undefined,
      reservationId,
      limits: refusing.map(({ limit, max, used }) => ({ limit, max, used })),
    },
  })
}
