import { type Plan, planSchema } from '../../contract/catalog.ts'
import type { OfferedPlan, OfferedPlans } from '../../contract/offered-plans.ts'
import { compare, exactDecimal } from '../../core/amounts.ts'
import { givesLess } from '../../core/billing/plan-comparison.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { type ScheduledChangeRow, scheduledChanges } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
import { existing } from '../tenancy/organizations.ts'
import { comparedPlan } from './subscription-value.ts'

/**
 * The public plans of the organization's catalog, by price. They always include its present plan
 * and the one that it will move to, even if those are not public.
 */
export const offeredPlans = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<OfferedPlans> => {
  const row = await existing(ctx, organizationId)
  const changes = await asOrganization(ctx.db, organizationId, (tx) =>
    scheduledChanges(tx, [organizationId]),
  )
  const next = changes.find((change) => change.plan !== null)
  const { catalog, plan, plan_version: version } = row
  return {
    organizationId,
    at: ctx.clock.now().toISOString(),
    catalog,
    current: { plan: `${catalog}/${plan}`, version },
    scheduled: next ? scheduledOf(next) : null,
    plans: candidates(ctx, row, next)
      .map((candidate) => offered(candidate, row, next))
      .sort(byPrice),
  }
}

const scheduledOf = ({ plan, plan_version, due_at }: ScheduledChangeRow) => ({
  plan: plan ?? '',
  version: plan_version ?? 1,
  at: due_at.toISOString(),
})

interface Candidate {
  readonly catalog: string
  readonly version: number
  readonly newestVersion: number
  readonly plan: Plan
}

const candidates = (
  ctx: Context,
  row: OrganizationRow,
  next: ScheduledChangeRow | undefined,
): Candidate[] => {
  const own = { catalog: row.catalog, key: row.plan }
  const newestOf = (catalog: string, key: string) =>
    ctx.catalog.planVersion(catalog, key)?.version ?? 1
  const found = ctx.catalog.catalogs.flatMap(({ key: catalog, document }) =>
    document.plans
      .filter(({ key, public: isPublic }) => {
        const isNext = next?.plan === `${catalog}/${key}`
        const isOwn = catalog === own.catalog && key === own.key
        return !isOwn && (isNext || (isPublic && catalog === own.catalog))
      })
      .map((plan) => {
        const version = newestOf(catalog, plan.key)
        return { catalog, version, newestVersion: version, plan }
      }),
  )
  // The present plan may be an older version, or may have been removed from the catalog.
  const held = { ...row.plan_document, key: row.plan }
  const version = row.plan_version
  const newestVersion = Math.max(version, newestOf(own.catalog, own.key))
  return [...found, { catalog: own.catalog, version, newestVersion, plan: planSchema.parse(held) }]
}

const offered = (
  { catalog, plan, ...versions }: Candidate,
  row: OrganizationRow,
  next: ScheduledChangeRow | undefined,
): OfferedPlan => {
  const name = `${catalog}/${plan.key}`
  const isCurrent = catalog === row.catalog && plan.key === row.plan
  return {
    catalog,
    ...versions,
    ...plan,
    plan: name,
    current: isCurrent,
    scheduledFor: next?.plan === name ? next.due_at.toISOString() : null,
    comesTo: isCurrent ? 'current' : comparison(plan, row),
    selectable: plan.public && plan.monthlyPriceUsd !== null,
  }
}

const comparison = (plan: Plan, row: OrganizationRow): OfferedPlan['comesTo'] => {
  const own = comparedPlan(row.plan_document)
  const other = comparedPlan({ ...plan })
  const [less, more] = [givesLess(other, own), givesLess(own, other)]
  if (less && more) return 'mixed'
  if (less) return 'less'
  return more ? 'more' : 'same'
}

/** Prices by agreement come last. */
const byPrice = (a: OfferedPlan, b: OfferedPlan): number => {
  const [one, other] = [a.monthlyPriceUsd, b.monthlyPriceUsd]
  if (one === null || other === null) {
    return Number(one === null) - Number(other === null) || byName(a, b)
  }
  return compare(exactDecimal(one), exactDecimal(other)) || byName(a, b)
}

const byName = (a: OfferedPlan, b: OfferedPlan): number => (a.plan < b.plan ? -1 : 1)
