import {
  type AuditActInput,
  type AuditAdmin,
  type AuditEvent,
  auditActSchema,
} from '../../contract/audit.ts'
import type { CallOptions } from '../../contract/call.ts'
import { parse } from '../../contract/parse.ts'
import type { AuditAct } from '../../core/audit.ts'
import { findAuditEvent } from '../../storage/tables/audit-events.ts'
import type { Context } from '../context.ts'
import type { OpenVerb } from '../open-verb.ts'
import { actorOf } from './actor-of.ts'
import { appendAudit } from './append-audit.ts'
import { auditEvent } from './audit-event.ts'
import { chainOf } from './list-audit.ts'
import { createTrialAudit } from './trial-audit.ts'
import { auditAnchors, verifyAudit } from './verify-audit.ts'

/** Writes to the log from the engine's own process. */
export const auditAdmin = (ctx: Context, open: OpenVerb): AuditAdmin => {
  const append = open(appendAct)
  return {
    append,
    enqueue: (organizationId, input, options) =>
      ctx.auditQueue.add(actOf(organizationId, input, options)),
    verify: open(verifyAudit),
    anchors: () => auditAnchors(ctx),
    trial: createTrialAudit({ admin: { audit: { append } } }),
  }
}

/** An act of the host's own, by itself in a transaction. */
const appendAct = async (
  ctx: Context,
  organizationId: string | null,
  input: AuditActInput,
  options: CallOptions = {},
): Promise<AuditEvent> => {
  const act = actOf(organizationId, input, options)
  const chain = await chainOf(ctx, organizationId)
  return ctx.db.transaction(async (tx) => {
    const [sequence = 0] = await appendAudit(tx, ctx, act)
    const row = await findAuditEvent(tx, chain, sequence)
    if (!row) throw new Error('an audit entry is not where it was appended')
    return auditEvent(row)
  })
}

const actOf = (
  organizationId: string | null,
  input: AuditActInput,
  options: CallOptions = {},
): AuditAct => ({ organizationId, ...parse(auditActSchema, input), ...actorOf(options) })
