import type { Subscription } from '../../contract/subscriptions.ts'
import { billingPeriodAt, subscriptionStateAt } from '../../core/billing/periods.ts'
import type { ComparedPlan } from '../../core/billing/plan-comparison.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { scheduledChanges } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { termOf } from './subscription-term.ts'

/** The state of an organization's subscription, and its scheduled changes. */
export const getSubscription = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<Subscription> => {
  const row = await existing(ctx, organizationId)
  const scheduled = await asOrganization(ctx.db, organizationId, (tx) =>
    scheduledChanges(tx, [organizationId]),
  )
  const { catalog, plan, plan_version: planVersion } = row
  const nowMs = ctx.clock.now().getTime()
  const { cycle } = termOf(row)
  return {
    organizationId,
    state: stateOf(row, nowMs),
    plan: `${catalog}/${plan}`,
    planVersion,
    newestVersion: ctx.catalog.planVersion(catalog, plan)?.version ?? planVersion,
    monthlyPriceUsd: priceOf(row.plan_document),
    startsAt: row.starts_at.toISOString(),
    trialEndsAt: isoOf(row.trial_ends_at),
    pausedAt: isoOf(row.paused_at),
    endsAt: isoOf(endOf(row)),
    currentPeriod: isoPeriod(billingPeriodAt(cycle, nowMs)),
    scheduled: scheduled.map(({ due_at, kind, plan: next, plan_version }) => ({
      at: due_at.toISOString(),
      what: kind,
      plan: next,
      planVersion: plan_version,
    })),
  }
}

/** The state of a subscription at an instant. That of a closed organization has ended. */
export const stateOf = (row: OrganizationRow, atMs: number): Subscription['state'] => {
  const state = subscriptionStateAt(termOf({ ...row, ends_at: endOf(row) }), atMs)
  // The gate serves an organization from its creation on, whatever its anchor.
  return state === 'not_started' ? 'active' : state
}

/** The end of the subscription or of the organization, whichever came first. */
const endOf = ({ ends_at, closed_at }: OrganizationRow): Date | null =>
  ends_at && closed_at ? (ends_at < closed_at ? ends_at : closed_at) : (ends_at ?? closed_at)

/** The monthly price in a plan's document; null: by agreement. */
export const priceOf = ({ monthlyPriceUsd }: Record<string, unknown>): string | null =>
  typeof monthlyPriceUsd === 'string' ? monthlyPriceUsd : null

/** A plan in the form that plans are compared in. */
export const comparedPlan = (document: Record<string, unknown>): ComparedPlan => ({
  price: priceOf(document),
  document,
})

/** A period as ISO instants. */
export const isoPeriod = ({ startMs, endMs }: { startMs: number; endMs: number }) => ({
  start: new Date(startMs).toISOString(),
  end: new Date(endMs).toISOString(),
})

const isoOf = (at: Date | null): string | null => at?.toISOString() ?? null
