import type { AnalyticsOverview } from '../../contract/operator-reports.ts'
import {
  type Fraction,
  fraction,
  fractionOf,
  multiplyFractions,
  sumFractions,
} from '../../core/billing/fraction.ts'
import { usdOf } from '../../core/billing/money.ts'
import { monthlyRevenue } from '../../core/billing/revenue.ts'
import { grouped } from '../../core/grouped.ts'
import { sumOfAmounts } from '../../core/plan-outcome.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import { asPlatform } from '../../storage/as-platform.ts'
import {
  organizationsByPlan,
  type PlanCountRow,
  type RangeFiguresRow,
  totalAndTop,
} from '../../storage/reports/operator.ts'
import type { Context } from '../context.ts'
import { creditsOf, plainDecimal } from '../rating/figures.ts'
import { chargedBook } from '../rating/overage-book.ts'
import { aboutPlatform } from '../reports/answers.ts'
import { applyAllDue } from '../tenancy/due-changes.ts'

const TOP = 5

/** The overview of the platform. Cached until the next write. */
export const analyticsOverview = (
  ctx: Context,
  _input: Readonly<Record<never, never>>,
): Promise<AnalyticsOverview> =>
  ctx.reports.answers.get(aboutPlatform(ctx, { what: 'overview' }, () => readOverview(ctx)))

/** Reads organizations, roll-ups and levels, never events. */
const readOverview = async (ctx: Context): Promise<AnalyticsOverview> => {
  const at = ctx.clock.now()
  const start = new Date(windowStart('month', at.getTime(), 0))
  const end = new Date(windowEnd('month', at.getTime(), 0))
  await applyAllDue(ctx)
  const [counts, figures, book] = await asPlatform(ctx.db, (tx) =>
    Promise.all([
      organizationsByPlan(tx, at),
      totalAndTop(tx, { from: start, to: end }, TOP),
      chargedBook(tx, at),
    ]),
  )
  const total = figures.find(({ id }) => id === null) as RangeFiguresRow
  const top = figures.filter(({ id }) => id !== null)
  const monthly = sumFractions(counts.map(monthlyOf))
  const [calls, errors] = [Number(total.events), Number(total.errors)]
  return {
    at: at.toISOString(),
    timezone: 'UTC',
    month: { start: start.toISOString(), end: end.toISOString() },
    organizations: organizationsOf(counts),
    mrrUsd: usdOf(monthly),
    arrUsd: usdOf(multiplyFractions(monthly, fraction(12n, 1n))),
    overageRevenueUsd: usdOf(fractionOf(sumOfAmounts([...book.values()].flat()))),
    calls,
    errors,
    errorRate: calls > 0 ? errors / calls : null,
    unpricedCalls: Number(total.unpriced),
    credits: creditsOf(total.credits),
    modelCostUsd: plainDecimal(total.cost_usd),
    topOrganizations: top.map((row) => ({
      organizationId: row.id ?? '',
      name: row.name ?? '',
      plan: row.plan ?? '',
      calls: Number(row.events),
      credits: creditsOf(row.credits),
      costUsd: plainDecimal(row.cost_usd),
    })),
  }
}

const organizationsOf = (counts: readonly PlanCountRow[]): AnalyticsOverview['organizations'] => {
  const countOf = (rows: readonly PlanCountRow[]) =>
    rows.reduce((sum, { organizations }) => sum + organizations, 0)
  const active = counts.filter(({ status }) => status === 'active')
  return {
    total: countOf(counts),
    active: countOf(active),
    closed: countOf(counts) - countOf(active),
    byPlan: [...grouped(active, ({ plan }) => plan)].map(([plan, rows]) => ({
      plan,
      active: countOf(rows),
      paying: countOf(rows.filter((row) => monthlyOf(row).numerator > 0n)),
      mrrUsd: usdOf(sumFractions(rows.map(monthlyOf))),
    })),
  }
}

/** The monthly revenue of all organizations in a row. */
const monthlyOf = ({ plan, price, state, organizations }: PlanCountRow): Fraction =>
  multiplyFractions(
    monthlyRevenue({ plan, price, months: 1, state }),
    fraction(BigInt(organizations), 1n),
  )
