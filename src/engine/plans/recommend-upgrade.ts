import type { UpgradeAdvice } from '../../contract/plan-reports.ts'
import { compare, formatDecimal } from '../../core/amounts.ts'
import { isJudged, type JudgedLimit } from '../../core/plan-outcome.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import { countRefusals } from '../../storage/reports/insight.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import type { Context } from '../context.ts'
import { type PastPeriod, periodsUntil } from '../rating/past-periods.ts'
import {
  type JudgedPlan,
  type Judgement,
  judge,
  judgedPlan,
  planOutcomeOf,
  readPastUse,
} from '../rating/past-use.ts'
import { listLimits } from '../tenancy/list-limits.ts'
import { existing } from '../tenancy/organizations.ts'

const PERIODS_BEFORE = 3

/**
 * The cheapest plan that would have covered the current period so far and the three before it.
 *
 * The past use of rates and concurrency is unknown. So a plan must have at least the present plan's
 * limits of these. If calls were refused, the present plan did not cover the use, and neither does
 * a plan that has no higher limit.
 */
export const recommendUpgrade = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<UpgradeAdvice> => {
  const organization = await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const periods = periodsUntil(at.getTime(), organization.starts_at.getTime(), PERIODS_BEFORE)
  const present = await presentPlan(ctx, organization)
  const plans = [present, ...offersOf(ctx, organization)]
  const span = {
    from: new Date(Math.min(...periods.map(({ startMs }) => startMs))),
    to: new Date(Math.max(...periods.map(({ endMs }) => endMs))),
  }
  const [use, refusals] = await asOrganization(ctx.db, organizationId, (tx) =>
    Promise.all([
      readPastUse(ctx, tx, organization, periods, plans),
      countRefusals(tx, organizationId, span),
    ]),
  )
  const judged = plans.map((plan) => {
    const outcome = judge(plan, use)
    const isEnough = givesNoLess(plan, present) && (refusals === 0 || givesMore(plan, present))
    return { ...outcome, covers: outcome.covers && isEnough }
  })
  const best = cheapest(judged, present)
  return {
    organizationId,
    at: at.toISOString(),
    present: present.name,
    recommended: best?.plan.name ?? null,
    isUpgrade: best !== undefined && best.plan !== present,
    reason: reasonOf(best, judged, present, refusals),
    periods: periods.map(periodOf),
    refusals,
    plans: judged.map(planOutcomeOf),
  }
}

const periodOf = ({ startMs, endMs, isComplete }: PastPeriod) => ({
  start: new Date(startMs).toISOString(),
  end: new Date(endMs).toISOString(),
  complete: isComplete,
})

const presentPlan = async (ctx: Context, organization: OrganizationRow): Promise<JudgedPlan> =>
  judgedPlan(
    ctx,
    `${organization.catalog}/${organization.plan}`,
    organization.plan_document as Parameters<typeof judgedPlan>[2],
    await listLimits(ctx, { organizationId: organization.id }),
  )

/** The other public plans of its catalog. */
const offersOf = (ctx: Context, { catalog, plan }: OrganizationRow): JudgedPlan[] =>
  (ctx.catalog.catalog(catalog)?.document.plans ?? [])
    .filter((offer) => offer.public && offer.key !== plan)
    .map((offer) => judgedPlan(ctx, `${catalog}/${offer.key}`, offer, offer.limits))

/** Whether a plan's rate and concurrency limits are at least the present plan's. */
const givesNoLess = (plan: JudgedPlan, present: JudgedPlan): boolean =>
  plan.limits
    .filter((limit) => !isJudged(limit) && limit.max !== null && limit.behavior !== 'soft')
    .every((limit) => {
      const now = sameLimit(present, limit)
      return now !== undefined && now.max !== null && (limit.max as bigint) >= now.max
    })

/** Whether a plan has a higher limit than a hard limit of the present plan. */
const givesMore = (plan: JudgedPlan, present: JudgedPlan): boolean =>
  present.limits
    .filter(({ behavior, max }) => behavior === 'hard' && max !== null)
    .some((limit) => {
      const other = sameLimit(plan, limit)
      return (
        other === undefined ||
        other.max === null ||
        other.behavior !== 'hard' ||
        other.max > (limit.max as bigint)
      )
    })

const sameLimit = (plan: JudgedPlan, { meter, window, per }: JudgedLimit) =>
  plan.limits.find((limit) => limit.meter === meter && limit.window === window && limit.per === per)

/**
 * The cheapest plan that covers the use and has a price. If prices are equal, the present plan
 * wins, which needs no change.
 */
const cheapest = (
  judged: readonly Judgement[],
  present: JudgedPlan,
): (Judgement & { total: NonNullable<Judgement['total']> }) | undefined =>
  judged
    .flatMap((one) => (one.covers && one.total ? [{ ...one, total: one.total }] : []))
    .sort(
      (a, b) =>
        compare(a.total, b.total) ||
        Number(b.plan === present) - Number(a.plan === present) ||
        (a.plan.name < b.plan.name ? -1 : 1),
    )[0]

const reasonOf = (
  best: ReturnType<typeof cheapest>,
  judged: readonly Judgement[],
  present: JudgedPlan,
  refusals: number,
): string => {
  const refused = refusals > 0 ? ` ${present.name} refused ${refusals} calls in that time.` : ''
  if (!best) {
    const byAgreement = judged.filter(({ covers, total }) => covers && !total)
    const names = byAgreement.map(({ plan }) => plan.name).join(', ')
    return names === ''
      ? `No plan of this catalog would have covered what was used.${refused}`
      : `Only plans by agreement would have covered what was used: ${names}.${refused}`
  }
  const cost = `$${formatDecimal(best.total)}`
  if (best.plan === present) {
    return `${present.name} covered what was used, and no plan that does costs less than ${cost}.`
  }
  const now = judged.find(({ plan }) => plan === present)
  const beside = !now?.covers
    ? `${present.name} would not cover it.`
    : `${present.name} comes to ${now.total ? `$${formatDecimal(now.total)}` : 'a price by agreement'}.`
  return `${best.plan.name} would have covered what was used for ${cost}; ${beside}${refused}`
}
