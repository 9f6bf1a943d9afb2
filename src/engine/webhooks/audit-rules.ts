import { canonical } from '../../core/canonical.ts'
import { auditPage } from '../../storage/tables/audit-events.ts'
import { PLATFORM } from '../../storage/tables/domain-events.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'

const ACTION = 'webhooks.rules_changed'

/**
 * Writes an audit entry on the platform when the outbound rules differ from the last entry. Looser
 * rules open the server's network to requests.
 */
export const auditRules = async (ctx: Context): Promise<void> => {
  const page = { before: Number.MAX_SAFE_INTEGER, limit: 1 }
  const [last] = await auditPage(ctx.db, PLATFORM, { action: ACTION }, page)
  const before: unknown = last ? JSON.parse(last.entry).new : null
  const now = ctx.outbound.loosened ?? null
  if (canonical(before) === canonical(now)) return
  await ctx.db.transaction(async (tx) => {
    await appendAudit(tx, ctx, {
      organizationId: null,
      category: 'webhooks',
      action: ACTION,
      actor: 'configuration',
      subject: 'webhooks',
      old: before,
      new: now,
    })
  })
}
