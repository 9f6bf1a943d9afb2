import type { z } from 'zod'
import type { AuditEvent, auditAppendSchema } from '../../contract/audit.ts'
import type { CallOptions, Owned } from '../../contract/call.ts'
import type { AuditAct } from '../../core/audit.ts'
import { findAuditEvent } from '../../storage/tables/audit-events.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { auditEvent } from '../audit/audit-event.ts'
import type { Context } from '../context.ts'
import { chainOf } from './list-audit.ts'

/**
 * Appends an act of the host's own. If the act names an actor, the entry also names who reported
 * it.
 */
export const appendAct = async (
  ctx: Context,
  { actor, ...act }: Owned<z.output<typeof auditAppendSchema>>,
  options: CallOptions = {},
): Promise<AuditEvent> => {
  const by = actorOf(options)
  return appendOne(ctx, {
    ...act,
    ...by,
    ...(actor !== undefined && actor !== by.actor && { actor, via: by.actor }),
  })
}

/** Appends one act in a transaction of its own, and returns its entry. */
export const appendOne = async (ctx: Context, act: AuditAct): Promise<AuditEvent> => {
  const chain = await chainOf(ctx, act.organizationId)
  return ctx.db.transaction(async (tx) => {
    const [sequence = 0] = await appendAudit(tx, ctx, act)
    const row = await findAuditEvent(tx, chain, sequence)
    if (!row) throw new Error('an audit entry is not where it was appended')
    return auditEvent(row)
  })
}
