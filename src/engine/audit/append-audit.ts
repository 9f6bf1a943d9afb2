import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import { appendAuditEvents } from '../../storage/tables/audit-events.ts'
import type { Context } from '../context.ts'

/**
 * Writes acts into the audit log in the transaction of the verb that acts: both are kept, or
 * neither. Locks the chains of their organizations until the transaction ends, in order of
 * organization with the platform's (`null`) first; so give all acts of a transaction in one call,
 * as the last thing before `announce`. Gives each act's sequence in its chain.
 *
 * @example
 * ```ts
 * await ctx.db.transaction(async (tx) => {
 *   await insertMember(tx, member)
 *   await appendAudit(tx, ctx, {
 *     organizationId,
 *     category: 'members',
 *     action: 'member.added',
 *     ...actorOf(options),
 *     subject: `user:${member.userId}`,
 *     new: { role: member.role },
 *   })
 * })
 * ```
 */
export const appendAudit = (
  tx: Queryable,
  ctx: Pick<Context, 'clock'>,
  ...acts: readonly AuditAct[]
): Promise<readonly number[]> => {
  const at = ctx.clock.now()
  return appendAuditEvents(
    tx,
    acts.map((act) => ({ act, at })),
  )
}
