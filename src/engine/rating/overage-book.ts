import { paidSeconds, type SubscriptionTerm, secondsOf } from '../../core/billing/periods.ts'
import { type PricedSpell, paidPart } from '../../core/billing/priced-spells.ts'
import { ratePeriod } from '../../core/billing/rating.ts'
import type { TimeWindow } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import { priceOf } from '../../core/plan-outcome.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type OverageRow,
  overageLevels,
  type PlanChangeRow,
  planChanges,
} from '../../storage/reports/overage.ts'
import { specialTerms, type TermRow } from '../../storage/tables/subscriptions.ts'
import { termOf } from '../subscriptions/subscription-term.ts'
import { linesAcrossPlans, type SplitSubscription } from './overage-across-plans.ts'
import { type OverageLine, termsOfRow } from './overage-line.ts'

/** How far back a window may begin that is billed with the current period: a month and a period. */
const LONGEST_MS = 63 * 86_400_000

/**
 * The overage of the current periods by organization, one line for each limit and window. After a
 * change of plan, use before it is charged by the plan of that time. Use in time that is not paid
 * for is not charged.
 */
export const overageBook = async (
  db: Queryable,
  at: Date,
  organizationIds?: readonly string[],
): Promise<ReadonlyMap<string, readonly OverageLine[]>> => {
  const [rows, special] = await Promise.all([
    overageLevels(db, at, organizationIds),
    specialSubscriptions(db, at, organizationIds),
  ])
  return bookOf(db, at, rows, special)
}

/** The same book without the lines that cost nothing, for sums. It reads far fewer rows. */
export const chargedBook = async (
  db: Queryable,
  at: Date,
  organizationIds?: readonly string[],
): Promise<ReadonlyMap<string, readonly OverageLine[]>> => {
  const special = await specialSubscriptions(db, at, organizationIds)
  const ids = [
    ...special.changes.map(({ organization_id }) => organization_id),
    ...special.terms.map(({ id }) => id),
  ]
  return bookOf(db, at, await overageLevels(db, at, organizationIds, ids), special)
}

interface SpecialSubscriptions {
  readonly changes: readonly PlanChangeRow[]
  readonly terms: readonly TermRow[]
}

const specialSubscriptions = async (
  db: Queryable,
  at: Date,
  organizationIds: readonly string[] | undefined,
): Promise<SpecialSubscriptions> => {
  const since = new Date(at.getTime() - LONGEST_MS)
  const [changes, terms] = await Promise.all([
    planChanges(db, since, organizationIds),
    specialTerms(db, since, organizationIds),
  ])
  return { changes, terms }
}

const bookOf = async (
  db: Queryable,
  at: Date,
  rows: readonly OverageRow[],
  { changes, terms }: SpecialSubscriptions,
): Promise<ReadonlyMap<string, readonly OverageLine[]>> => {
  const changed = splitInPeriod(rows, changes, terms, at)
  const book = new Map<string, OverageLine[]>()
  const add = (line: OverageLine) => {
    const lines = book.get(line.organizationId)
    if (lines) lines.push(line)
    else book.set(line.organizationId, [line])
  }
  for (const row of rows) {
    if (!changed.has(row.organization_id)) add(lineOf(row))
  }
  const across = await linesAcrossPlans(db, at, changed, rows)
  for (const line of across) add(line)
  return book
}

/**
 * The subscriptions whose plan changed in a window that is billed with their current period, or
 * that do not pay for all of it. They began or ended in it, or were free or paused.
 */
const splitInPeriod = (
  rows: readonly OverageRow[],
  changes: readonly PlanChangeRow[],
  terms: readonly TermRow[],
  at: Date,
): ReadonlyMap<string, SplitSubscription> => {
  const changesOf = grouped(changes, ({ organization_id }) => organization_id)
  const termOfId = new Map(terms.map((row) => [row.id, row]))
  const beginning = rows.filter(isBeginning)
  const beganOfId = new Map(beginning.map((row) => [row.organization_id, row]))
  const split = new Map<string, SplitSubscription>()
  for (const id of new Set([...changesOf.keys(), ...termOfId.keys(), ...beganOfId.keys()])) {
    const own = changesOf.get(id) ?? []
    const row = termOfId.get(id)
    const known = (row ?? own[0] ?? beganOfId.get(id)) as TermRow | PlanChangeRow | OverageRow
    const { starts_at, plan, plan_version } = known
    const anchorMs = starts_at.getTime()
    const periodMs = windowStart('period', at.getTime(), anchorMs)
    const firstMs = windowStart('month', periodMs, anchorMs)
    const term = row ? termOf(row) : plainTerm(anchorMs)
    const billed = { startMs: firstMs, endMs: windowEnd('period', periodMs, anchorMs) }
    const isOtherPlan = own.some((change) => change.at.getTime() > firstMs)
    const isInPart = paidSeconds(term, billed) !== secondsOf(billed)
    if (!isOtherPlan && !isInPart) continue
    split.set(id, { anchorMs, plan, version: plan_version, changes: own, term })
  }
  return split
}

/**
 * Whether the window is the subscription's first month, in which it did not exist from the start.
 */
const isBeginning = ({ window_name, starts_at, period_start }: OverageRow): boolean =>
  window_name === 'month' &&
  windowStart('month', period_start.getTime(), 0) < windowStart('day', starts_at.getTime(), 0)

const plainTerm = (anchorMs: number): SubscriptionTerm => ({
  cycle: { anchorMs, months: 1 },
  startMs: anchorMs,
})

const WITHIN = { amount: { units: 0n, scale: 0 }, overageUnits: 0n }

const lineOf = (row: OverageRow): OverageLine => {
  const used = row.used ?? 0n
  const { startMs, endMs } = windowOf(row)
  const price = priceOf(termsOfRow(row), row.plan)
  const uses = [{ price, usedUnits: used > 0n ? used : 0n }]
  const spells = [{ ...billedWith(row), price, isFree: false, isOther: false }]
  const paid = paidPart([{ ...spells[0], startMs, endMs } as PricedSpell], {
    startMs,
    endMs,
    window: row.window_name,
    level: used,
  })
  // Most are within what is included, and then no rating is needed.
  const isWithin = row.max !== null && used <= row.max && !hasMinimum(row.rate)
  const { amount, overageUnits } = isWithin ? WITHIN : ratePeriod(uses, paid)
  return {
    organizationId: row.organization_id,
    meter: row.meter,
    aggregation: row.aggregation,
    scale: row.scale,
    window: row.window_name,
    startMs,
    endMs,
    used,
    amount,
    uses,
    paid,
    spells,
    included: row.max,
    over: overageUnits,
    rate: row.rate,
  }
}

const hasMinimum = (rate: OverageRow['rate']): boolean =>
  rate !== null && typeof rate !== 'string' && rate.minimum !== undefined

/** From the first window that is billed with the row's period to the period's end. */
const billedWith = ({ window_name, period_start, starts_at }: OverageRow) => {
  const anchorMs = starts_at.getTime()
  const periodMs = period_start.getTime()
  return {
    startMs: windowStart(window_name === 'month' ? 'month' : 'period', periodMs, anchorMs),
    endMs: windowEnd('period', periodMs, anchorMs),
  }
}

/** The window of a row. Without use, it is the first that is billed with the period. */
const windowOf = ({ window_name, window_start, period_start, starts_at }: OverageRow) => {
  const window = window_name as TimeWindow
  const anchorMs = starts_at.getTime()
  const startMs = window_start?.getTime() ?? windowStart(window, period_start.getTime(), anchorMs)
  return { startMs, endMs: windowEnd(window, startMs, anchorMs) }
}
