import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import type { Subscription, subscriptionTrialSchema } from '../../contract/subscriptions.ts'
import { billingPeriodAt } from '../../core/billing/periods.ts'
import { hasInvoices } from '../../storage/tables/invoices.ts'
import {
  applyDueChanges,
  scheduleChange,
  scheduledChanges,
  setSubscription,
} from '../../storage/tables/subscriptions.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { scheduleTrialEnd } from '../tenancy/trial-end.ts'
import {
  changeSubscription,
  refused,
  requireRunning,
  type SubscriptionWork,
} from './change-subscription.ts'
import { termOf } from './subscription-term.ts'

/**
 * Moves the end of a trial, or begins one. A new trial would also make past time free. So it can
 * begin only in the first period that is billed here.
 */
export const extendTrial = async (
  ctx: Context,
  { organizationId, endsAt }: Owned<z.output<typeof subscriptionTrialSchema>>,
  options: CallOptions = {},
): Promise<Subscription> =>
  changeSubscription(ctx, organizationId, options, async (work) => {
    requireRunning(work)
    const { tx, row, at } = work
    if (endsAt <= at) throw refused('must be in the future', 'endsAt')
    const end = await pendingEnd(work)
    if (end) {
      await scheduleChange(tx, {
        organizationId,
        kind: 'trial_end',
        dueAt: endsAt,
        planVersionId: end.plan_version_id,
        actor: actorOf(options).actor,
      })
    } else {
      await requireUnbilled(work)
      const on = { catalog: row.catalog, document: row.plan_document }
      await scheduleTrialEnd(tx, ctx, organizationId, on, endsAt, options)
    }
    await setSubscription(tx, organizationId, { trialEndsAt: endsAt })
    return {
      action: end ? 'trial.extended' : 'trial.created',
      old: row.trial_ends_at && { trialEndsAt: row.trial_ends_at.toISOString() },
      new: { trialEndsAt: endsAt.toISOString() },
      told: [
        told(end ? 'trial.extended' : 'trial.started', {
          plan: `${row.catalog}/${row.plan}`,
          endsAt: endsAt.toISOString(),
        }),
      ],
    }
  })

/** Ends a trial now. The plan that follows it takes effect at once. */
export const endTrial = (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
  options: CallOptions = {},
): Promise<Subscription> =>
  changeSubscription(ctx, organizationId, options, async (work) => {
    requireRunning(work)
    const end = await pendingEnd(work)
    if (!end) throw refused('there is no trial')
    return endTrialNow(work, end.plan_version_id)
  })

/**
 * Ends the trial at once, and moves the organization to a plan; null: it stays on its own.
 * `trialPlan` is the trial's plan, if this is its upgrade.
 */
export const endTrialNow = async (
  { tx, at, row, options }: SubscriptionWork,
  planVersionId: bigint | null,
  trialPlan?: string,
): Promise<'told'> => {
  await setSubscription(tx, row.id, { trialEndsAt: at })
  await scheduleChange(tx, {
    organizationId: row.id,
    kind: 'trial_end',
    dueAt: at,
    planVersionId,
    actor: actorOf(options).actor,
    trialPlan,
  })
  await applyDueChanges(tx, at, [row.id], 1)
  return 'told'
}

const pendingEnd = async ({ tx, row }: SubscriptionWork) =>
  (await scheduledChanges(tx, [row.id])).find(({ kind }) => kind === 'trial_end')

const requireUnbilled = async ({ tx, row, at }: SubscriptionWork): Promise<void> => {
  const { cycle } = termOf(row)
  const periodOf = (instant: Date) => billingPeriodAt(cycle, instant.getTime()).startMs
  const isFirst = periodOf(at) === periodOf(row.created_at)
  if (isFirst && !(await hasInvoices(tx, row.id))) return
  throw refused('a trial can only begin in the first period of a subscription')
}
