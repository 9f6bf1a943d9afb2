import type { CallOptions } from '../../contract/call.ts'
import { TollgateError } from '../../contract/errors.ts'
import type { Subscription } from '../../contract/subscriptions.ts'
import type { ToldEvent } from '../../core/audit.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { lockedUpToDate } from '../tenancy/due-changes.ts'
import { lockedOrganization } from '../tenancy/organizations.ts'
import { getSubscription } from './subscription-value.ts'

/** One change of a subscription, in its transaction and under its lock. */
export interface SubscriptionWork {
  readonly tx: Queryable
  readonly ctx: Context
  /** The organization before the change, after due changes were applied. */
  readonly row: OrganizationRow
  readonly at: Date
  readonly options: CallOptions
}

/** What was done, for the audit log; undefined if there was nothing to do. */
export type Done =
  | {
      readonly action: string
      readonly old?: unknown
      readonly new?: unknown
      readonly told?: readonly ToldEvent[]
    }
  /** The store has already written the audit entry. */
  | 'told'
  | undefined

/** Locks, changes, audits, notifies every process, and returns the new subscription. */
export const changeSubscription = async (
  ctx: Context,
  organizationId: string,
  options: CallOptions,
  change: (work: SubscriptionWork) => Promise<Done>,
): Promise<Subscription> => {
  await ctx.db.transaction(async (tx) => {
    const at = ctx.clock.now()
    const row = await lockedUpToDate(tx, ctx, await lockedOrganization(tx, organizationId))
    const done = await change({ tx, ctx, row, at, options })
    if (done === undefined) return
    if (done !== 'told') {
      await appendAudit(tx, ctx, {
        organizationId,
        category: 'organization',
        ...actorOf(options),
        subject: `organization:${organizationId}`,
        ...done,
      })
    }
    await announce(tx, 'organization', organizationId)
  })
  ctx.forgetOrganization(organizationId)
  return getSubscription(ctx, { organizationId })
}

/** Refuses a change that makes no sense in the subscription's present state. */
export const refused = (message: string, field = 'organizationId'): TollgateError =>
  new TollgateError('unprocessable', { detail: message, faults: [{ field, message }] })

/**
 * A scheduled end must be cancelled by a request of its own, so that nobody continues a
 * subscription unnoticed.
 */
export const keepFirst = (endsAt: Date): TollgateError =>
  refused(`the subscription is to end on ${endsAt.toISOString()}: keep it first`)

/** The only possible change of a subscription that is over is a restart. */
export const requireRunning = ({ row, at }: SubscriptionWork): void => {
  if (row.ends_at && row.ends_at <= at) throw refused('the subscription has ended: restart it')
}
