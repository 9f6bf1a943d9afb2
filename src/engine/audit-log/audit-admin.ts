import { type AuditActInput, type AuditAdmin, auditActSchema } from '../../contract/audit.ts'
import type { CallOptions } from '../../contract/call.ts'
import { parse } from '../../contract/parse.ts'
import type { AuditAct } from '../../core/audit.ts'
import { actorOf } from '../audit/actor-of.ts'
import { createTrialAudit } from '../audit/trial-audit.ts'
import type { Context } from '../context.ts'
import type { OpenVerb } from '../open-verb.ts'
import { appendOne } from './append-act.ts'
import { auditAnchors, verifyAudit } from './verify-audit.ts'

/** Writes to the log from the engine's own process. */
export const auditAdmin = (ctx: Context, open: OpenVerb): AuditAdmin => {
  const append = open(
    (one, organizationId: string | null, input: AuditActInput, options?: CallOptions) =>
      appendOne(one, actOf(organizationId, input, options)),
  )
  return {
    append,
    enqueue: (organizationId, input, options) =>
      ctx.auditQueue.add(actOf(organizationId, input, options)),
    verify: open(verifyAudit),
    anchors: () => auditAnchors(ctx),
    trial: createTrialAudit({ admin: { audit: { append } } }),
  }
}

const actOf = (
  organizationId: string | null,
  input: AuditActInput,
  options: CallOptions = {},
): AuditAct => ({ organizationId, ...parse(auditActSchema, input), ...actorOf(options) })
