import type { z } from 'zod'
import type { AuditEvent, auditResolveSchema } from '../../contract/audit.ts'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import { DatabaseError } from '../../storage/database-error.ts'
import { findAuditEvent } from '../../storage/tables/audit-events.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { auditEvent } from '../audit/audit-event.ts'
import type { Context } from '../context.ts'
import { chainOf } from './list-audit.ts'

type Resolution = z.output<typeof auditResolveSchema> & { readonly sequence: number }

/** Marks an entry of an organization's log as resolved. */
export const resolveAudit = (
  ctx: Context,
  { organizationId, ...resolution }: Owned<Resolution>,
  options: CallOptions = {},
): Promise<AuditEvent> => resolveInChain(ctx, organizationId, resolution, options)

/** Marks an entry of the platform's own log as resolved. */
export const resolvePlatformAudit = (
  ctx: Context,
  resolution: Resolution,
  options: CallOptions = {},
): Promise<AuditEvent> => resolveInChain(ctx, null, resolution, options)

/** Appends an entry of its own: no entry is changed. */
const resolveInChain = async (
  ctx: Context,
  organizationId: string | null,
  { sequence, note }: Resolution,
  options: CallOptions,
): Promise<AuditEvent> => {
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
  if (!row) throw new TollgateError('not_found', { detail: 'there is no such audit event' })
  return row
}

const unresolved = async (tx: Queryable, chain: string, sequence: number): Promise<AuditEvent> => {
  const event = auditEvent(await found(tx, chain, sequence))
  if (event.resolution) throw resolvedBefore()
  if (event.action !== 'audit.resolved') return event
  throw new TollgateError('unprocessable', { detail: 'this audit event resolves another one' })
}

/** If two resolve an entry at the same moment, a unique index accepts only the first. */
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
  new TollgateError('already_exists', { detail: 'this audit event was resolved before' })
