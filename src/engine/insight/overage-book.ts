import { dueFrom } from '../../core/billing/periods.ts'
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
} from '../../storage/tables/overage.ts'
import { specialTerms, type TermRow } from '../../storage/tables/subscriptions.ts'
import { termOf } from '../subscriptions/subscription-term.ts'
import { linesAcrossPlans, type SplitSubscription } from './overage-across-plans.ts'
import { type OverageLine, termsOfRow } from './overage-line.ts'

/** How far back a window may begin that is billed with the current period: a month and a period. */
const LONGEST_MS = 63 * 86_400_000

/**
 * The overage of the current periods, a line a limit and window, by organization. Where a plan
 * changed in between, use before the change is charged as the plan of that time says; use in a trial,
 * not at all.
 */
export const overageBook = async (
  db: Queryable,
  at: Date,
  organizationIds?: readonly string[],
): Promise<ReadonlyMap<string, readonly OverageLine[]>> => {
  const since = new Date(at.getTime() - LONGEST_MS)
  const [rows, changes, terms] = await Promise.all([
    overageLevels(db, at, organizationIds),
    planChanges(db, since, organizationIds),
    specialTerms(db, since, organizationIds),
  ])
  const changed = splitInPeriod(changes, terms, at)
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
 * Those whose plan changed in a window that is billed with their current period, or who were on
 * trial in it. (In a pause and after an end nothing is used.)
 */
const splitInPeriod = (
  changes: readonly PlanChangeRow[],
  terms: readonly TermRow[],
  at: Date,
): ReadonlyMap<string, SplitSubscription> => {
  const changesOf = grouped(changes, ({ organization_id }) => organization_id)
  const termOfId = new Map(terms.map((row) => [row.id, row]))
  const split = new Map<string, SplitSubscription>()
  for (const id of new Set([...changesOf.keys(), ...termOfId.keys()])) {
    const own = changesOf.get(id) ?? []
    const row = termOfId.get(id)
    const { starts_at, plan, plan_version } = (row ?? own[0]) as TermRow | PlanChangeRow
    const anchorMs = starts_at.getTime()
    const periodMs = windowStart('period', at.getTime(), anchorMs)
    const firstMs = windowStart('month', periodMs, anchorMs)
    const isOtherPlan = own.some((change) => change.at.getTime() > firstMs)
    const paidFromMs = row?.trial_ends_at ? dueFrom(termOf(row)) : anchorMs
    if (!isOtherPlan && paidFromMs <= Math.max(firstMs, anchorMs)) continue
    split.set(id, { anchorMs, plan, version: plan_version, changes: own, paidFromMs })
  }
  return split
}

const WITHIN = { amount: { units: 0n, scale: 0 }, overageUnits: 0n }

const lineOf = (row: OverageRow): OverageLine => {
  const used = row.used ?? 0n
  const { startMs, endMs } = windowOf(row)
  const uses = [{ price: priceOf(termsOfRow(row), row.plan), usedUnits: used > 0n ? used : 0n }]
  // Most are within what is included, and that costs nothing to tell.
  const isWithin = row.max !== null && used <= row.max && !hasMinimum(row.rate)
  const { amount, overageUnits } = isWithin ? WITHIN : ratePeriod(uses)
  return {
    organizationId: row.organization_id,
    meter: row.meter,
    aggregation: row.aggregation,
    scale: row.scale,
    window: row.window_name,
    ...{ startMs, endMs, used, amount, uses, stretches: [{ startMs, endMs }] },
    included: row.max,
    over: overageUnits,
    rate: row.rate,
  }
}

const hasMinimum = (rate: OverageRow['rate']): boolean =>
  rate !== null && typeof rate !== 'string' && rate.minimum !== undefined

/** The window of a row; where nothing was used, the first that is billed with the period. */
const windowOf = ({ window_name, window_start, period_start, starts_at }: OverageRow) => {
  const window = window_name as TimeWindow
  const anchorMs = starts_at.getTime()
  const startMs = window_start?.getTime() ?? windowStart(window, period_start.getTime(), anchorMs)
  return { startMs, endMs: windowEnd(window, startMs, anchorMs) }
}
