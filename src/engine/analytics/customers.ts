import type { z } from 'zod'
import { invalid } from '../../contract/errors.ts'
import type {
  Customer,
  CustomerPage,
  CustomerSort,
  customerExportSchema,
  customerRequestSchema,
} from '../../contract/operator-reports.ts'
import { DEFAULT_PAGE_SIZE } from '../../contract/page.ts'
import { exactDecimal, PICO_USD_SCALE, toUnits } from '../../core/amounts.ts'
import {
  compareFractions,
  type Fraction,
  fractionOf,
  sumFractions,
} from '../../core/billing/fraction.ts'
import { usdOf } from '../../core/billing/money.ts'
import { type Margin, marginOf, monthlyRevenue } from '../../core/billing/revenue.ts'
import { splitKey } from '../../core/catalog-words.ts'
import { sumOfAmounts } from '../../core/plan-outcome.ts'
import { windowEnd } from '../../core/windows.ts'
import { asPlatform } from '../../storage/as-platform.ts'
import { type CustomerRow, customersNow } from '../../storage/reports/operator.ts'
import type { Context } from '../context.ts'
import { creditsOf, plainDecimal } from '../rating/figures.ts'
import { chargedBook } from '../rating/overage-book.ts'
import type { OverageLine } from '../rating/overage-line.ts'
import { aboutPlatform } from '../reports/answers.ts'
import { applyAllDue } from '../tenancy/due-changes.ts'
import { type CustomerStanding, customerStandings } from './customer-standings.ts'

/** A customer with the values it is sorted by. */
interface Account {
  readonly row: CustomerRow
  readonly subscription: Fraction
  readonly overage: Fraction
  readonly revenue: Fraction
  readonly margin: Margin
  readonly standing: CustomerStanding
}

type CheckedCustomerRequest = z.output<typeof customerRequestSchema>

/** Customers with revenue and cost. Cached until the next write. */
export const customers = (ctx: Context, input: CheckedCustomerRequest): Promise<CustomerPage> =>
  ctx.reports.answers.get(
    aboutPlatform(ctx, { what: 'customers', given: input }, () => readCustomers(ctx, input)),
  )

/**
 * Customers with revenue and cost in their current periods. Any figure can be the sort key, so all
 * matching customers are computed for each page.
 */
const readCustomers = async (
  ctx: Context,
  wanted: CheckedCustomerRequest,
): Promise<CustomerPage> => {
  const { page, cursor, limit = DEFAULT_PAGE_SIZE } = wanted
  const { accounts, sorted } = await sortedAccounts(ctx, wanted)
  const from = cursor === undefined ? ((page ?? 1) - 1) * limit : placeAfter(sorted, cursor)
  const shown = sorted.slice(from, from + limit)
  return {
    items: shown.map(customerOf),
    total: sorted.length,
    counts: countsOf(accounts),
    page: cursor === undefined ? (page ?? 1) : null,
    nextCursor: from + limit < sorted.length ? (shown.at(-1)?.row.id ?? null) : null,
  }
}

/** All matching customers, as of one moment. */
export const exportCustomers = async (
  ctx: Context,
  wanted: z.output<typeof customerExportSchema>,
): Promise<AsyncIterable<Customer>> => {
  const { sorted } = await sortedAccounts(ctx, wanted)
  return (async function* () {
    for (const account of sorted) yield customerOf(account)
  })()
}

/**
 * The customers that match all filters, sorted; and those that match all filters but the status.
 */
const sortedAccounts = async (
  ctx: Context,
  { plan, status, search, sort = '-revenue' }: z.output<typeof customerExportSchema>,
) => {
  const at = ctx.clock.now()
  const named = plan === undefined ? undefined : splitKey(plan)
  const filter = { catalog: named?.catalog, plan: named?.key, search }
  await applyAllDue(ctx)
  const [rows, book, standings] = await asPlatform(ctx.db, async (tx) => {
    const found = await customersNow(tx, at, filter)
    const isOfAll = plan === undefined && search === undefined
    const ids = isOfAll ? undefined : found.map(({ id }) => id)
    const overage = await chargedBook(tx, at, ids)
    return [found, overage, await customerStandings(tx, ctx.catalog, found, at)] as const
  })
  const accounts = rows.map((row) =>
    accountOf(row, book.get(row.id) ?? [], standings.get(row.id) as CustomerStanding),
  )
  const sorted = accounts.filter(hasStatus(status)).sort(orderOf(sort))
  return { accounts, sorted }
}

const accountOf = (
  row: CustomerRow,
  lines: readonly OverageLine[],
  standing: CustomerStanding,
): Account => {
  const subscription = monthlyRevenue({
    plan: row.plan,
    price: row.price,
    months: 1,
    state: row.state,
  })
  const overage = fractionOf(sumOfAmounts(lines))
  const revenue = sumFractions([subscription, overage])
  const cost = toUnits(exactDecimal(row.cost_usd), PICO_USD_SCALE)
  return { row, subscription, overage, revenue, margin: marginOf(revenue, cost), standing }
}

const hasStatus =
  (wanted: CheckedCustomerRequest['status']) =>
  ({ row, standing }: Account): boolean =>
    wanted === undefined || wanted === row.status || wanted === standing.standing

const countsOf = (accounts: readonly Account[]): CustomerPage['counts'] => {
  const count = (fits: (account: Account) => boolean): number => accounts.filter(fits).length
  const status = (wanted: Customer['status']) => count(({ row }) => row.status === wanted)
  const state = (wanted: Customer['state']) => count(({ row }) => row.state === wanted)
  const at = (wanted: Customer['standing']) => count(({ standing }) => standing.standing === wanted)
  return {
    byStatus: { active: status('active'), closed: status('closed') },
    byState: {
      trial: state('trial'),
      active: state('active'),
      paused: state('paused'),
      ended: state('ended'),
    },
    byStanding: { ok: at('ok'), near: at('near'), reached: at('reached') },
  }
}

const customerOf = ({
  row,
  subscription,
  overage,
  revenue,
  margin,
  standing,
}: Account): Customer => ({
  organizationId: row.id,
  name: row.name,
  plan: row.plan,
  planVersion: row.plan_version,
  status: row.status,
  state: row.state,
  ...standing,
  createdAt: row.created_at.toISOString(),
  period: {
    start: row.period_start.toISOString(),
    end: new Date(
      windowEnd('period', row.period_start.getTime(), row.starts_at.getTime()),
    ).toISOString(),
  },
  calls: Number(row.events),
  credits: creditsOf(row.credits),
  subscriptionUsd: usdOf(subscription),
  overageUsd: usdOf(overage),
  revenueUsd: usdOf(revenue),
  modelCostUsd: plainDecimal(row.cost_usd),
  marginUsd: usdOf(margin.amount),
  marginPercent: margin.percent ?? null,
})

type Comparison = (a: Account, b: Account) => number

const byValue =
  (figureOf: (account: Account) => string | bigint | number): Comparison =>
  (a, b) => {
    const [left, right] = [figureOf(a), figureOf(b)]
    return left < right ? -1 : left > right ? 1 : 0
  }

const COMPARISONS: Record<CustomerSort, Comparison> = {
  id: byValue(({ row }) => row.id),
  name: byValue(({ row }) => row.name),
  plan: byValue(({ row }) => row.plan),
  createdAt: byValue(({ row }) => row.created_at.getTime()),
  calls: byValue(({ row }) => row.events),
  credits: byValue(({ row }) => row.credits),
  revenue: (a, b) => compareFractions(a.revenue, b.revenue),
  cost: byValue(({ row }) => toUnits(exactDecimal(row.cost_usd), PICO_USD_SCALE)),
  margin: (a, b) => compareFractions(a.margin.amount, b.margin.amount),
  percentageUsed: byValue(({ standing }) => standing.percentageUsed ?? -1),
}

/** Ties are sorted by id. */
const orderOf = (sort: CustomerSort | `-${CustomerSort}`): Comparison => {
  const isDown = sort.startsWith('-')
  const compare = COMPARISONS[(isDown ? sort.slice(1) : sort) as CustomerSort]
  return (a, b) => (isDown ? compare(b, a) : compare(a, b)) || COMPARISONS.id(a, b)
}

const placeAfter = (accounts: readonly Account[], id: string): number => {
  const place = accounts.findIndex(({ row }) => row.id === id)
  if (place < 0) throw invalid({ field: 'cursor', message: 'is of no customer that fits' })
  return place + 1
}
