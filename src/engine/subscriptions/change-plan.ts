import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import type { Subscription, subscriptionChangeSchema } from '../../contract/subscriptions.ts'
import type { PlanVersionRow } from '../../storage/tables/catalogs.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { scheduleChange, unscheduleChanges } from '../../storage/tables/subscriptions.ts'
import { actorOf } from '../audit/actor-of.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { planToChoose, putOnPlan } from './change-organization.ts'
import {
  changeSubscription,
  type Done,
  keepFirst,
  requireRunning,
  type SubscriptionWork,
} from './change-subscription.ts'
import { plannedChange } from './planned-change.ts'
import { endTrialNow } from './trial.ts'
import { isUpgradeOfTrial } from './trial-upgrade.ts'

/** Moves to another plan, or to the newest version of the present one. */
export const changePlan = async (
  ctx: Context,
  { organizationId, plan, when }: Owned<z.output<typeof subscriptionChangeSchema>>,
  options: CallOptions = {},
): Promise<Subscription> => {
  const chosen = planToChoose(ctx, plan, options)
  return changeSubscription(ctx, organizationId, options, async (work) => {
    requireRunning(work)
    const { timing, at, endsTrial } = plannedChange(work.row, chosen, when, work.at, options)
    if (timing !== 'now') return changeLater(work, chosen, at)
    return endsTrial ? changeAndPay(work, chosen) : changeNow(work, chosen)
  })
}

/** Ends the trial, and starts the chosen plan. */
const changeAndPay = async (work: SubscriptionWork, chosen: PlanVersionRow): Promise<Done> => {
  await unscheduleChanges(work.tx, work.row.id, ['plan'])
  return endTrialNow(work, chosen.id, upgradedTrial(work, chosen))
}

/** The plan of the trial, if a change to another plan is its upgrade. */
const upgradedTrial = ({ row, at }: SubscriptionWork, chosen: PlanVersionRow) =>
  isUpgradeOfTrial(row, chosen, at) ? planOf(row).plan : undefined

const changeNow = async (work: SubscriptionWork, chosen: PlanVersionRow): Promise<Done> => {
  const { tx, ctx, row, options } = work
  if (isOn(row, chosen)) return forget(work)
  await putOnPlan(tx, ctx, row, chosen, options)
  const [from, to] = [planOf(row), chosenOf(chosen)]
  const events = [told('plan.changed', { from, to })]
  return { action: 'organization.updated', old: from, new: to, told: events }
}

const changeLater = async (
  work: SubscriptionWork,
  chosen: PlanVersionRow,
  dueAt: Date,
): Promise<Done> => {
  const { tx, row, options } = work
  if (row.ends_at && row.ends_at <= dueAt) {
    throw keepFirst(row.ends_at)
  }
  if (isOn(row, chosen)) return forget(work)
  await scheduleChange(tx, {
    organizationId: row.id,
    kind: 'plan',
    dueAt,
    planVersionId: chosen.id,
    actor: actorOf(options).actor,
    trialPlan: upgradedTrial(work, chosen),
  })
  return {
    action: 'subscription.change_scheduled',
    old: planOf(row),
    new: { ...chosenOf(chosen), at: dueAt.toISOString() },
    told: [
      told('plan.change_scheduled', {
        from: planOf(row),
        to: chosenOf(chosen),
        at: dueAt.toISOString(),
      }),
    ],
  }
}

/** Choosing the present plan cancels a scheduled change. */
const forget = async ({ tx, row }: SubscriptionWork): Promise<Done> => {
  const taken = await unscheduleChanges(tx, row.id, ['plan'])
  if (taken.length === 0) return undefined
  const { plan } = planOf(row)
  return {
    action: 'subscription.kept',
    new: planOf(row),
    told: [told('subscription.kept', { plan })],
  }
}

const isOn = (row: OrganizationRow, chosen: PlanVersionRow): boolean =>
  row.catalog === chosen.catalog && row.plan === chosen.plan && row.plan_version === chosen.version

const planOf = ({ catalog, plan, plan_version }: OrganizationRow) => ({
  plan: `${catalog}/${plan}`,
  planVersion: plan_version,
})

const chosenOf = ({ catalog, plan, version }: PlanVersionRow) => ({
  plan: `${catalog}/${plan}`,
  planVersion: version,
})
