import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { GrantEnded } from '../../contract/grants.ts'
import { isUuid } from '../../contract/text.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import { catchUp, endGrant, endSeries, findGrant, findSeries } from '../../storage/tables/grants.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'
import { credits, grantOf } from './grant-value.ts'

/**
 * Takes back what is left of a grant; what was used stays used. For recurring credits, no more
 * follow, and those that were given stay. A repeated call changes nothing.
 */
export const endGrantOf = async (
  ctx: Context,
  { organizationId, grantId }: { readonly organizationId: string; readonly grantId: string },
  options: CallOptions = {},
): Promise<GrantEnded> => {
  await existing(ctx, organizationId)
  if (!isUuid(grantId)) throw noGrant()
  const at = ctx.clock.now()
  const ended = await ctx.db.transaction(async (tx) => {
    await lockedOrganization(tx, organizationId)
    await catchUp(tx, organizationId, at)
    const found = await ending(tx, organizationId, grantId, at)
    if (!found.endedAt) {
      await found.end()
      await appendAudit(tx, ctx, {
        organizationId,
        category: 'billing',
        action: found.action,
        ...actorOf(options),
        subject: `grant:${grantId}`,
        old: { remaining: found.taken },
        // A series that is ended before its next grant takes nothing from anybody, so it sends no
        // event.
        ...(found.action === 'grant.ended' && {
          told: [told('credits.taken_back', { grantId, credits: found.taken })],
        }),
      })
      await announce(tx, 'organization', organizationId)
    }
    return { taken: found.endedAt ? 0 : found.taken, endedAt: found.endedAt ?? at }
  })
  ctx.forgetOrganization(organizationId)
  return { id: grantId, organizationId, taken: ended.taken, endedAt: ended.endedAt.toISOString() }
}

const ending = async (tx: Queryable, organizationId: string, id: string, at: Date) => {
  const grant = await findGrant(tx, organizationId, { id })
  if (grant) {
    return {
      action: 'grant.ended',
      endedAt: grant.ended_at,
      taken: grantOf(grant, at).remaining,
      end: () => endGrant(tx, organizationId, id, at),
    }
  }
  const series = await findSeries(tx, organizationId, { id })
  if (!series) throw noGrant()
  return {
    action: 'grant.unscheduled',
    endedAt: series.ended_at,
    taken: credits(0n),
    end: () => endSeries(tx, organizationId, id, at),
  }
}

const noGrant = () => new TollgateError('not_found', { detail: 'there is no such grant' })
