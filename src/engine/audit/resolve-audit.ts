import {
  type AuditEvent,
  type AuditResolveInput,
  auditResolveSchema,
} from '../../contract/audit.ts'
import { TollgateError } from '../../contract/errors.ts'
import { parse } from '../../contract/parse.ts'
import type { CallOptions } from '../../contract/tollgate.ts'
import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import { DatabaseError } from '../../storage/database-error.ts'
import { findAuditEvent } from '../../storage/tables/audit-events.ts'
import type { Context } from '../context.ts'
import { actorOf } from './actor-of.ts'
import { appendAudit } from './append-audit.ts'
import { auditEvent } from './audit-event.ts'
import { chainOf } from './list-audit.ts'

/** Says of an entry that it was dealt with, in an entry of its own: nothing is changed. */
export const resolveAudit = async (
  ctx: Context,
  organizationId: string | null,
  sequence: number,
  input: AuditResolveInput,
  options: CallOptions = {},
): Promise<AuditEvent> => {
  const { note } = parse(auditResolveSchema, input)
  const chain = await chainOf(ctx, organizationId)
  await ctx.auditQueue.flush()
  return ctx.db.transaction(async (tx) => {
    const { category } = await unresolved(tx, chain, sequence)
    await appendOnce(tx, ctx, {
      organizationId,
      category,
      action: 'audit.resolved',
      ...actorOf(options),
      subject: `audit:${sequence}`,
      new: { note, resolves: sequence },
    })
    return auditEvent(await found(tx, chain, sequence))
  })
}

const found = async (tx: Queryable, chain: string, sequence: number) => {
  const row = Number.isSafeInteger(sequence) ? await findAuditEvent(tx, chain, sequence) : undefined
  if (!row) throw new TollgateError('not_found', 'there is no such audit event')
  return row
}

const unresolved = async (tx: Queryable, chain: string, sequence: number): Promise<AuditEvent> => {
  const event = auditEvent(await found(tx, chain, sequence))
  if (event.resolution) throw resolvedBefore()
  if (event.action !== 'audit.resolved') return event
  throw new TollgateError('unprocessable', 'this audit event resolves another one')
}

/** Two at the same moment: an index lets only the first in. */
const appendOnce = async (tx: Queryable, ctx: Context, act: AuditAct): Promise<void> => {
  try {
    await appendAudit(tx, ctx, act)
  } catch (error) {
    throw error instanceof DatabaseError && error.code === UNIQUE_VIOLATION
      ? resolvedBefore()
      : error
  }
}

const UNIQUE_VIOLATION = '23505'

const resolvedBefore = () =>
  new TollgateError('already_exists', 'this audit event was resolved before')
