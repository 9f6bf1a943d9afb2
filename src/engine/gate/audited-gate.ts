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

/** The verbs of the gate; what they refuse is queued for the audit log once it is decided. */
export const auditedGate: Gate = {
  check: async (ctx, input, options) => {
    const decision = await check(ctx, input, options)
    // A question refuses nobody: nothing of it is kept.
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

/** For the audit log; and for the log, where the host itself named what does not exist. */
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

/** The fields of a refused call for the audit log: who it was for, and nothing that it carried. */
interface RefusedCall {
  readonly verb: string
  readonly organizationId?: string | undefined
  readonly eventType?: string | undefined
  readonly userId?: string | null | undefined
  readonly reservationId?: string | undefined
}

const MAX_NAME = 129

/** An organization that does not exist has no chain of its own, whatever names are tried. */
const noteRefusal = (
  ctx: Pick<Context, 'auditQueue'>,
  { verb, organizationId, eventType, userId, reservationId }: RefusedCall,
  options: CallOptions | undefined,
  { reason, decisionId, limits }: Decision,
): void => {
  if (organizationId === undefined) return
  // Nobody has checked the length of an id that was looked up and not found.
  const named = organizationId.slice(0, MAX_NAME)
  const isUnknown = reason === 'unknown_organization'
  const refusing = limits.filter(({ refused }) => refused)
  ctx.auditQueue.add({
    organizationId: isUnknown ? null : named,
    category: 'limits',
    action: 'refused',
    // Each entry stands for others of its own reason.
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
