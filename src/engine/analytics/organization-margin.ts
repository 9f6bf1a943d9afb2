import type { OrganizationMargin } from '../../contract/operator-reports.ts'
import { exactDecimal, PICO_USD_SCALE, toUnits } from '../../core/amounts.ts'
import { fractionOf, sumFractions, ZERO_FRACTION } from '../../core/billing/fraction.ts'
import { usdOf } from '../../core/billing/money.ts'
import { marginOf } from '../../core/billing/revenue.ts'
import { sumOfAmounts } from '../../core/plan-outcome.ts'
import { paidSpells, planSpells, subscriptionAmount } from '../../core/plan-spells.ts'
import { windowEnd } from '../../core/windows.ts'
import { asOrganization } from '../../storage/as-organization.ts'
import type { Queryable } from '../../storage/database.ts'
import { planChanges, pricesOfPlans } from '../../storage/reports/overage.ts'
import { totalOf } from '../../storage/reports/rollups.ts'
import type { OrganizationRow } from '../../storage/tables/organizations.ts'
import { specialTerms } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
import { plainDecimal } from '../rating/figures.ts'
import { overageBook } from '../rating/overage-book.ts'
import { type PastPeriod, periodsUntil } from '../rating/past-periods.ts'
import { termOf } from '../subscriptions/subscription-term.ts'
import { stateOf } from '../subscriptions/subscription-value.ts'
import { existing } from '../tenancy/organizations.ts'

const PERIODS_BEFORE = 3

/** A customer's revenue minus its model cost, in the current period so far and in earlier ones. */
export const organizationMargin = async (
  ctx: Context,
  { organizationId }: { readonly organizationId: string },
): Promise<OrganizationMargin> => {
  const organization = await existing(ctx, organizationId)
  const at = ctx.clock.now()
  const periods = periodsUntil(at.getTime(), organization.starts_at.getTime(), PERIODS_BEFORE)
  return asOrganization(ctx.db, organizationId, async (tx) => {
    const figures: OrganizationMargin['periods'] = []
    for (const period of periods) {
      figures.push(await marginOfPeriod(tx, organization, period, at.getTime()))
    }
    return { organizationId, periods: figures }
  })
}

const marginOfPeriod = async (
  tx: Queryable,
  organization: OrganizationRow,
  period: PastPeriod,
  atMs: number,
): Promise<OrganizationMargin['periods'][number]> => {
  const { id } = organization
  const from = new Date(period.startMs)
  const to = new Date(period.endMs)
  // A past period is shown as of its last moment.
  const asOf = new Date(Math.min(atMs, period.endMs - 1))
  const [{ cost_usd }, book, subscription] = await Promise.all([
    totalOf(tx, id, { grain: 'day', from, to }),
    overageBook(tx, asOf, [id]),
    subscriptionOf(tx, organization, period, atMs),
  ])
  const overage = fractionOf(sumOfAmounts(book.get(id) ?? []))
  const revenue = sumFractions([subscription, overage])
  const margin = marginOf(revenue, toUnits(exactDecimal(cost_usd), PICO_USD_SCALE))
  return {
    start: from.toISOString(),
    end: to.toISOString(),
    complete: period.isComplete,
    subscriptionUsd: usdOf(subscription),
    overageUsd: usdOf(overage),
    revenueUsd: usdOf(revenue),
    modelCostUsd: plainDecimal(cost_usd),
    marginUsd: usdOf(margin.amount),
    marginPercent: margin.percent ?? null,
  }
}

/**
 * The price of each plan for its share of the period. The current plan counts until the period's
 * end.
 */
const subscriptionOf = async (
  tx: Queryable,
  organization: OrganizationRow,
  { startMs, isComplete }: PastPeriod,
  atMs: number,
) => {
  if (stateOf(organization, atMs) === 'ended' && !isComplete) return ZERO_FRACTION
  const endMs = windowEnd('period', startMs, organization.starts_at.getTime())
  const changes = await planChanges(tx, new Date(startMs), [organization.id])
  const now = {
    plan: `${organization.catalog}/${organization.plan}`,
    version: organization.plan_version,
  }
  const [term] = await specialTerms(tx, new Date(startMs), [organization.id])
  const inForce = planSpells(
    now,
    changes.map(({ at, old_plan: oldPlan, old_version: oldVersion }) => ({
      atMs: at.getTime(),
      oldPlan,
      oldVersion,
    })),
    { startMs, endMs },
  )
  const spells = paidSpells(inForce, term && termOf(term))
  const prices = await pricesOfPlans(tx, spells)
  return subscriptionAmount(
    spells.map((spell) => ({
      ...spell,
      price: prices.get(`${spell.plan}@${spell.version}`) ?? null,
    })),
    { startMs, endMs },
  )
}
