import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type {
  UsageManagement,
  usageManagementUpdateSchema,
} from '../../contract/usage-management.ts'
import { roleHas } from '../../core/rights.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import { setTimezone, timezoneOf } from '../../storage/reports/insight.ts'
import { findOrganization } from '../../storage/tables/organizations.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import { Cache } from '../cache.ts'
import type { Context } from '../context.ts'
import { updateOrganization } from '../subscriptions/change-organization.ts'
import { overrideLimit } from '../tenancy/limits.ts'
import { existing, lockedOrganization } from '../tenancy/organizations.ts'
import { usageManagement } from './usage-management.ts'

/**
 * Updates how an organization's use is managed, in one transaction: if any part is refused, nothing
 * changes. Each part goes through its own verb. Choosing a plan requires the right to manage the
 * organization.
 */
export const manageUsage = async (
  ctx: Context,
  input: Owned<z.output<typeof usageManagementUpdateSchema>>,
  options: CallOptions = {},
): Promise<UsageManagement> => {
  const { organizationId, limits = [], warnPercent, plan, timezone } = input
  if (plan !== undefined && options.role && !roleHas(options.role, 'organization.manage')) {
    const message = 'may be changed by those who manage the organization'
    throw new TollgateError('forbidden', {
      detail: `plan: ${message}`,
      faults: [{ field: 'plan', message }],
    })
  }
  await existing(ctx, organizationId)
  try {
    await ctx.db.transaction(async (tx) => {
      const inside = contextWithin(ctx, tx)
      await lockedOrganization(tx, organizationId)
      if (timezone !== undefined) await changeTimezone(tx, ctx, organizationId, timezone, options)
      if (plan !== undefined || warnPercent !== undefined) {
        await updateOrganization(inside, { organizationId, plan, warnPercent }, options)
      }
      for (const [index, limit] of limits.entries()) {
        const override = overrideLimit(inside, { organizationId, ...limit }, options)
        await atField(`limits[${index}]`, override)
      }
    })
  } finally {
    // The verbs cleared the cache before the commit, and another call may have filled it since.
    ctx.forgetOrganization(organizationId)
  }
  return usageManagement(ctx, { organizationId })
}

/** A context whose reads and transactions are all part of the given transaction. */
const contextWithin = (ctx: Context, tx: Queryable): Context => ({
  ...ctx,
  db: {
    kind: ctx.db.kind,
    query: (text, values) => tx.query(text, values),
    transaction: (work) => work(tx),
    script: (text) => ctx.db.script(text),
    listen: (channel, onPayload) => ctx.db.listen(channel, onPayload),
    close: () => ctx.db.close(),
  },
  organizations: new Cache({
    clock: ctx.clock,
    maxEntries: 1,
    read: (id) => findOrganization(tx, id),
    // Never cached: the transaction itself changes it.
    staleAtMs: () => 0,
    unknownMs: 0,
  }),
  forgetOrganization: () => {},
})

const changeTimezone = async (
  tx: Queryable,
  ctx: Context,
  organizationId: string,
  timezone: string,
  options: CallOptions,
): Promise<void> => {
  const old = await timezoneOf(tx, organizationId)
  if (old === timezone) return
  await setTimezone(tx, organizationId, timezone)
  await appendAudit(tx, ctx, {
    organizationId,
    category: 'organization',
    action: 'organization.updated',
    ...actorOf(options),
    subject: `organization:${organizationId}`,
    old: { timezone: old },
    new: { timezone },
  })
  await announce(tx, 'organization', organizationId)
}

/** Prefixes the field names of a refusal with the part's place in the request. */
const atField = async <Result>(field: string, work: Promise<Result>): Promise<Result> => {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof TollgateError)) throw error
    const faults = error.faults.map((fault) => ({ ...fault, field: `${field}.${fault.field}` }))
    throw new TollgateError(error.code, {
      detail: `${field}: ${error.message}`,
      faults,
      cause: error.cause,
    })
  }
}
