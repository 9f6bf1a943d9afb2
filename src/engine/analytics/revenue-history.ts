import type { z } from 'zod'
import {
  DEFAULT_REVENUE_MONTHS,
  type RevenueHistory,
  type revenueRequestSchema,
} from '../../contract/revenue-history.ts'
import {
  type Fraction,
  fraction,
  multiplyFractions,
  sumFractions,
} from '../../core/billing/fraction.ts'
import { usdOf } from '../../core/billing/money.ts'
import { type SubscriptionState, subscriptionStateAt } from '../../core/billing/periods.ts'
import { monthlyRevenue } from '../../core/billing/revenue.ts'
import { grouped } from '../../core/grouped.ts'
import { type PlanName, planSpells } from '../../core/plan-spells.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import { asPlatform } from '../../storage/as-platform.ts'
import type { Queryable } from '../../storage/database.ts'
import { type PlanChangeRow, planChanges, pricesOfPlans } from '../../storage/reports/overage.ts'
import { billedByMonth, organizationsByStart } from '../../storage/reports/revenue.ts'
import { specialTerms, type TermRow } from '../../storage/tables/subscriptions.ts'
import type { Context } from '../context.ts'
import { termOf } from '../subscriptions/subscription-term.ts'
import { applyAllDue } from '../tenancy/due-changes.ts'

const CENTS = 100n

/** The recurring revenue at the end of each month, and the overage billed in that month. */
export const revenueHistory = async (
  ctx: Context,
  { months: count = DEFAULT_REVENUE_MONTHS }: z.output<typeof revenueRequestSchema>,
): Promise<RevenueHistory> => {
  const at = ctx.clock.now()
  await applyAllDue(ctx)
  const months = monthsUntil(at.getTime(), count)
  const instants = months.map(({ endMs }) => new Date(Math.min(endMs - 1, at.getTime())))
  const boundaries = [
    ...months.map(({ startMs }) => new Date(startMs)),
    new Date(months.at(-1)?.endMs ?? at),
  ]
  const { monthly, billed } = await asPlatform(ctx.db, async (tx) => ({
    monthly: await monthlyAt(tx, instants),
    billed: await billedByMonth(tx, boundaries),
  }))
  const byPlace = new Map(billed.map((row) => [row.place, row]))
  return {
    at: at.toISOString(),
    timezone: 'UTC',
    months: months.map(({ startMs, endMs }, place) => {
      const { overage = 0n, adjustments = 0n, invoices = 0 } = byPlace.get(place) ?? {}
      const brought = monthly.map((share) => share[place] as Share)
      return {
        start: new Date(startMs).toISOString(),
        end: new Date(endMs).toISOString(),
        complete: endMs <= at.getTime(),
        mrrUsd: usdOf(sumFractions(brought.map(({ amount }) => amount))),
        paying: brought.reduce((sum, { paying }) => sum + paying, 0),
        overageUsd: usdOf(fraction(overage, CENTS)),
        adjustmentsUsd: usdOf(fraction(adjustments, CENTS)),
        invoices,
      }
    }),
  }
}

const monthsUntil = (atMs: number, count: number) => {
  const months: { startMs: number; endMs: number }[] = []
  for (let insideMs = atMs; months.length < count; insideMs = (months[0]?.startMs ?? 0) - 1) {
    months.unshift({
      startMs: windowStart('month', insideMs, 0),
      endMs: windowEnd('month', insideMs, 0),
    })
  }
  return months
}

/** The monthly revenue of some organizations, and the number of them that pay. */
interface Share {
  readonly amount: Fraction
  readonly paying: number
}

/**
 * Shares that add up to the total, each at every instant. Most organizations never changed their
 * plan or state, so the database counts them in groups. Only the others are read one by one.
 */
const monthlyAt = async (
  tx: Queryable,
  instants: readonly Date[],
): Promise<readonly (readonly Share[])[]> => {
  const first = instants[0] as Date
  const terms = await specialTerms(tx, first)
  const changes = grouped(await planChanges(tx, first), ({ organization_id }) => organization_id)
  const special = ownHistories(terms, changes)
  const counts = await organizationsByStart(
    tx,
    instants,
    special.map(({ id }) => id),
  )
  const alike = counts.map(({ plan, price, place, organizations }) =>
    instants.map((_, index) =>
      shareOf({ plan, price }, index >= place ? 'active' : 'not_started', organizations),
    ),
  )
  const spells = special.map(({ now, changes, term }) =>
    instants.map((instant) => {
      const atMs = instant.getTime()
      const [spell = now] = planSpells(now, changes, { startMs: atMs, endMs: atMs + 1 })
      const { plan, version } = spell
      return { plan, version, state: subscriptionStateAt(term, atMs) }
    }),
  )
  const prices = await pricesOfPlans(tx, distinct(spells.flat()))
  const own = spells.map((spell) =>
    spell.map(({ plan, version, state }) =>
      shareOf({ plan, price: prices.get(`${plan}@${version}`) ?? null }, state, 1),
    ),
  )
  return [...alike, ...own]
}

const shareOf = (
  { plan, price }: { readonly plan: string; readonly price: string | null },
  state: SubscriptionState,
  organizations: number,
): Share => {
  const each = monthlyRevenue({ plan, price, months: 1, state })
  return {
    amount: multiplyFractions(each, fraction(BigInt(organizations), 1n)),
    paying: each.numerator > 0n ? organizations : 0,
  }
}

/** The organizations whose plan or state has changed since the first instant. */
const ownHistories = (
  terms: readonly TermRow[],
  changes: ReadonlyMap<string, readonly PlanChangeRow[]>,
) => {
  const termsOfId = new Map(terms.map((term) => [term.id, term]))
  return [...new Set([...termsOfId.keys(), ...changes.keys()])].map((id) => {
    const own = changes.get(id) ?? []
    const known = (termsOfId.get(id) ?? own[0]) as TermRow | PlanChangeRow
    return {
      id,
      now: { plan: known.plan, version: known.plan_version },
      term: termOf({
        trial_ends_at: null,
        paused_at: null,
        ends_at: null,
        ...(termsOfId.get(id) ?? { starts_at: known.starts_at }),
      }),
      changes: own.map(({ at, old_plan: oldPlan, old_version: oldVersion }) => ({
        atMs: at.getTime(),
        oldPlan,
        oldVersion,
      })),
    }
  })
}

const distinct = (names: readonly PlanName[]): readonly PlanName[] => [
  ...new Map(names.map(({ plan, version }) => [`${plan}@${version}`, { plan, version }])).values(),
]
