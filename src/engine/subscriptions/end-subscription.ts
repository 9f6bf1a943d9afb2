import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import type { Subscription, subscriptionCancelSchema } from '../../contract/subscriptions.ts'
import { billingPeriodAt } from '../../core/billing/periods.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import {
  addUnpaid,
  applyDueChanges,
  scheduleChange,
  setSubscription,
  unscheduleChanges,
} from '../../storage/tables/subscriptions.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { changeSubscription, refused, requireRunning } from './change-subscription.ts'
import { termOf } from './subscription-term.ts'
import { priceOf, stateOf } from './subscription-value.ts'

/** Ends a subscription, at once or at the end of the current period or trial. */
export const cancelSubscription = async (
  ctx: Context,
  { organizationId, when = 'period_end' }: Owned<z.output<typeof subscriptionCancelSchema>>,
  options: CallOptions = {},
): Promise<Subscription> =>
  changeSubscription(ctx, organizationId, options, async (work) => {
    requireRunning(work)
    const { tx, row, at } = work
    if (when === 'now' && options.role !== undefined && isPaidFor(row, at)) {
      throw refused('must be "period_end": what runs is paid for until then', 'when')
    }
    const endsAt = when === 'now' ? at : endOfWhatRuns(row, at)
    if (row.ends_at && row.ends_at <= endsAt) return undefined
    await setSubscription(tx, organizationId, { endsAt })
    await unscheduleChanges(tx, organizationId, ['plan'])
    const { actor } = actorOf(options)
    await scheduleChange(tx, { organizationId, kind: 'end', dueAt: endsAt, actor })
    if (when === 'now') {
      await applyDueChanges(tx, at, [organizationId], 1)
      return 'told'
    }
    const old = row.ends_at && { endsAt: row.ends_at.toISOString() }
    const event = told('subscription.canceled', {
      plan: `${row.catalog}/${row.plan}`,
      endsAt: endsAt.toISOString(),
    })
    const now = { endsAt: endsAt.toISOString() }
    return { action: 'subscription.canceled', old, new: now, told: [event] }
  })

/** Cancels what is scheduled, except for the end of a trial. */
export const keepSubscription = (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
  options: CallOptions = {},
): Promise<Subscription> =>
  changeSubscription(ctx, organizationId, options, async (work) => {
    requireRunning(work)
    const { tx, row } = work
    const taken = await unscheduleChanges(tx, organizationId, ['plan', 'end'])
    if (taken.length === 0) return undefined
    if (row.ends_at) await setSubscription(tx, organizationId, { endsAt: null })
    return {
      action: 'subscription.kept',
      old: row.ends_at && { endsAt: row.ends_at.toISOString() },
      new: { plan: `${row.catalog}/${row.plan}`, planVersion: row.plan_version, endsAt: null },
      told: [told('subscription.kept', { plan: `${row.catalog}/${row.plan}` })],
    }
  })

/** Restarts a subscription that has ended. Nothing is charged for the time between. */
export const restartSubscription = (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
  options: CallOptions = {},
): Promise<Subscription> =>
  changeSubscription(ctx, organizationId, options, async ({ tx, row, at }) => {
    const { ends_at: endedAt } = row
    if (!endedAt || endedAt > at) throw refused('the subscription has not ended')
    await addUnpaid(tx, organizationId, { startedAt: endedAt, endedAt: at })
    if (row.paused_at) {
      await addUnpaid(tx, organizationId, { startedAt: row.paused_at, endedAt: at })
    }
    await setSubscription(tx, organizationId, { endsAt: null, pausedAt: null })
    const ended = endedAt.toISOString()
    const event = told('subscription.restarted', {
      plan: `${row.catalog}/${row.plan}`,
      endedAt: ended,
    })
    return { action: 'subscription.restarted', old: { endsAt: ended }, new: {}, told: [event] }
  })

/**
 * Whether the current time is or will be charged, so that what it includes may have been used
 * already. A price by agreement counts as more than zero.
 */
export const isPaidFor = (row: OrganizationRow, at: Date): boolean =>
  stateOf(row, at.getTime()) === 'active' && Number(priceOf(row.plan_document) ?? 1) > 0

/** The end of the trial, if there is one, else of the billing period. */
const endOfWhatRuns = (row: OrganizationRow, at: Date): Date =>
  row.trial_ends_at && stateOf(row, at.getTime()) === 'trial'
    ? row.trial_ends_at
    : new Date(billingPeriodAt(termOf(row).cycle, at.getTime()).endMs)
