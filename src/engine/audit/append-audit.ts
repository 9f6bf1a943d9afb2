import type { AuditAct } from '../../core/audit.ts'
import type { Queryable } from '../../storage/database.ts'
import { appendAuditEvents } from '../../storage/tables/audit-events.ts'
import { tellEvents } from '../../storage/tables/domain-events.ts'
import type { Context } from '../context.ts'

/**
 * Appends acts to the audit log in the verb's own transaction: both are committed, or neither.
 *
 * It locks the chains of the acts until the transaction ends, in order of organization with the
 * platform's (`null`) first. So give all acts of a transaction in one call, as the last step before
 * `announce`. The events in `told` are written with the acts.
 *
 * Returns each act's sequence in its chain.
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
 *     told: [told('member.added', { userId, role, name })],
 *   })
 * })
 * ```
 */
export const appendAudit = async (
  tx: Queryable,
  ctx: Pick<Context, 'clock'>,
  ...acts: readonly AuditAct[]
): Promise<readonly number[]> => {
  const at = ctx.clock.now()
  const sequences = await appendAuditEvents(
    tx,
    acts.map((act) => ({ act, at })),
  )
  await tellEvents(
    tx,
    acts.flatMap(({ told = [], organizationId, subject }) =>
      told.map((event) => ({ organizationId, subject, ...event, occurredAt: at })),
    ),
  )
  return sequences
}
