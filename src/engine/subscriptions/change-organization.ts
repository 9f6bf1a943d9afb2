import type { z } from 'zod'
import type { CallOptions, Owned } from '../../contract/call.ts'
import type { Organization, organizationUpdateSchema } from '../../contract/tenancy.ts'
import type { ToldEvent } from '../../core/audit.ts'
import { announce } from '../../storage/changes.ts'
import type { Queryable } from '../../storage/database.ts'
import type { PlanVersionRow } from '../../storage/tables/catalogs.ts'
import { disableEndpointsOf } from '../../storage/tables/endpoints.ts'
import { changeAllowance } from '../../storage/tables/grants.ts'
import {
  closeOrganization as closeRow,
  lockOrganization,
  type OrganizationRow,
  updateOrganization as updateRow,
} from '../../storage/tables/organizations.ts'
import { keepPlanAfterTrial, unscheduleChanges } from '../../storage/tables/subscriptions.ts'
import { actorOf } from '../audit/actor-of.ts'
import { appendAudit } from '../audit/append-audit.ts'
import type { Context } from '../context.ts'
import { told } from '../events/told.ts'
import { lockedUpToDate } from '../tenancy/due-changes.ts'
import { endLooserOverrides } from '../tenancy/looser-overrides.ts'
import { lockedOrganization, noPlan, organizationOf, planNamed } from '../tenancy/organizations.ts'
import { refused } from './change-subscription.ts'
import { isPaidFor } from './end-subscription.ts'
import { plannedChange } from './planned-change.ts'
import { isUpgradeOfTrial } from './trial-upgrade.ts'

/**
 * Changes the given fields of an organization. Its own people may choose public plans only; private
 * ones do not exist for them. Their own overrides that are looser than the new plan end with the
 * change.
 */
export const updateOrganization = async (
  ctx: Context,
  {
    organizationId: id,
    name,
    warnPercent,
    plan: planKey,
  }: Owned<z.output<typeof organizationUpdateSchema>>,
  options: CallOptions = {},
): Promise<Organization> => {
  const plan = planKey === undefined ? undefined : planToChoose(ctx, planKey, options)
  const updated = await ctx.db.transaction(async (tx) => {
    const old = await lockedUpToDate(tx, ctx, await lockedOrganization(tx, id))
    if (plan) requireAtOnce(old, plan, ctx.clock.now(), options)
    await updateRow(tx, id, { name, warnPercent })
    if (plan) await putOnPlan(tx, ctx, old, plan, options)
    return written(tx, ctx, old, 'organization.updated', options)
  })
  ctx.forgetOrganization(id)
  return organizationOf(updated)
}

/**
 * A change here takes effect at once. So it must be one that the organization's people may make at
 * once.
 */
const requireAtOnce = (
  row: OrganizationRow,
  plan: PlanVersionRow,
  at: Date,
  options: CallOptions,
): void => {
  const { timing, endsTrial } = plannedChange(row, plan, undefined, at, options)
  if (options.role === undefined || (timing === 'now' && !endsTrial)) return
  throw noPlan('is for when what runs is over: change the subscription to it')
}

/**
 * Closes an organization: the gate refuses it, and its keys stop working. Its use and members stay.
 * Closing it again changes nothing.
 */
export const closeOrganization = async (
  ctx: Context,
  { organizationId: id }: { readonly organizationId: string },
  options: CallOptions = {},
): Promise<Organization> => {
  const closed = await ctx.db.transaction(async (tx) => {
    const locked = await lockedOrganization(tx, id, { alsoClosed: true })
    const old = await lockedUpToDate(tx, ctx, locked)
    if (old.status === 'closed') return old
    if (options.role !== undefined && isPaidFor(old, ctx.clock.now())) {
      throw refused('is paid for: cancel its subscription, and close it when that has ended')
    }
    await closeRow(tx, id, ctx.clock.now())
    await unscheduleChanges(tx, id, ['trial_end', 'plan', 'end'])
    // A closed organization gets no more notifications, not even of this; the platform does.
    await disableEndpointsOf(tx, id, 'the organization is closed', ctx.clock.now())
    const row = await written(tx, ctx, old, 'organization.closed', options)
    await announce(tx, 'key', id)
    return row
  })
  ctx.forgetOrganization(id)
  ctx.keys.forgetAll()
  return organizationOf(closed)
}

/**
 * Moves an organization to a version of a plan, and cancels scheduled changes of plan. If it has a
 * trial and another plan is chosen, that plan follows the trial.
 */
export const putOnPlan = async (
  tx: Queryable,
  ctx: Pick<Context, 'clock'>,
  row: OrganizationRow,
  chosen: PlanVersionRow,
  options: CallOptions,
): Promise<void> => {
  const { clock } = ctx
  const { id, catalog, plan } = row
  const isAnother = chosen.catalog !== catalog || chosen.plan !== plan
  if (isUpgradeOfTrial(row, chosen, clock.now())) {
    await appendAudit(tx, ctx, {
      organizationId: id,
      category: 'organization',
      action: 'trial.upgraded',
      ...actorOf(options),
      subject: `organization:${id}`,
      old: { plan: `${catalog}/${plan}` },
      new: { plan: `${chosen.catalog}/${chosen.plan}` },
      told: [
        told('trial.converted', {
          from: `${catalog}/${plan}`,
          to: `${chosen.catalog}/${chosen.plan}`,
        }),
      ],
    })
  }
  await updateRow(tx, id, { plan: { versionId: chosen.id, isAnother } })
  await endLooserOverrides(tx, [id], clock.now())
  await unscheduleChanges(tx, id, ['plan'])
  if (isAnother) await keepPlanAfterTrial(tx, id)
  await changeAllowance(tx, id, clock.now())
}

/** A plan by its key. Members know nothing of plans that are not public. */
export const planToChoose = (ctx: Context, key: string, { role }: CallOptions) => {
  const { plan, row } = planNamed(ctx, key)
  if (role !== undefined && !plan.public) throw noPlan(`there is no plan "${key}"`)
  if (role !== undefined && plan.monthlyPriceUsd === null) {
    throw noPlan(`the price of "${key}" is by agreement: the platform puts you on it`)
  }
  return row
}

/** Writes the audit entry and notifies every process. Returns the present row. */
const written = async (
  tx: Queryable,
  ctx: Context,
  old: OrganizationRow,
  action: string,
  options: CallOptions,
): Promise<OrganizationRow> => {
  const now = (await lockOrganization(tx, old.id)) as OrganizationRow
  await appendAudit(tx, ctx, {
    organizationId: old.id,
    category: 'organization',
    action,
    ...actorOf(options),
    subject: `organization:${old.id}`,
    ...differing(said(old), said(now)),
    told: changeEvents(organizationOf(old), organizationOf(now)),
  })
  await announce(tx, 'organization', old.id)
  return now
}

const changeEvents = (old: Organization, now: Organization): ToldEvent[] => {
  const { name, plan, planVersion, warnPercent } = now
  const isRenamed = name !== old.name || warnPercent !== old.warnPercent
  const isMoved = plan !== old.plan || planVersion !== old.planVersion
  return [
    ...(isRenamed ? [told('organization.updated', { name, warnPercent })] : []),
    ...(isMoved
      ? [
          told('plan.changed', {
            from: { plan: old.plan, planVersion: old.planVersion },
            to: { plan, planVersion },
          }),
        ]
      : []),
    ...(now.status !== old.status ? [told('organization.closed', { name, plan })] : []),
  ]
}

const said = (row: OrganizationRow): Record<string, unknown> => {
  const { name, plan, planVersion, status, warnPercent } = organizationOf(row)
  return { name, plan, planVersion, status, warnPercent }
}

/** The fields that differ between two states. */
const differing = (old: Record<string, unknown>, now: Record<string, unknown>) => {
  const changed = Object.keys(now).filter((key) => now[key] !== old[key])
  const only = (state: Record<string, unknown>) =>
    Object.fromEntries(changed.map((key) => [key, state[key]]))
  return { old: only(old), new: only(now) }
}
