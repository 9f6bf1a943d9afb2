import { paidStretches, type SubscriptionTerm } from '../../core/billing/periods.ts'
import {
  isOfLimit,
  type PricedSpell,
  paidPart,
  partsOfWindow,
  usesOfParts,
} from '../../core/billing/priced-spells.ts'
import { ratePeriod } from '../../core/billing/rating.ts'
import { type Aggregation, addsUp, type TimeWindow } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import { type JudgedLimit, priceOf } from '../../core/plan-outcome.ts'
import { type PlanName, type PlanSpell, planSpells } from '../../core/plan-spells.ts'
import { windowEnd, windowStart } from '../../core/windows.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  levelsOfWindows,
  limitsOfPlans,
  type OverageRow,
  type PlanChangeRow,
  usedInStretches,
} from '../../storage/reports/overage.ts'
import { type OverageLine, termsOfRow } from './overage-line.ts'

type Terms = JudgedLimit & { readonly aggregation: Aggregation }

/** A subscription whose windows are split by changes of plan and by time that is not paid for. */
export interface SplitSubscription extends PlanName {
  readonly anchorMs: number
  readonly changes: readonly PlanChangeRow[]
  /** Use in a time that is not paid for is free. */
  readonly term: SubscriptionTerm
}

/** A limit of an organization in the windows that are billed with a period. */
interface SplitLimit {
  readonly organizationId: string
  /** The terms of the latest plan that charges by it. */
  readonly terms: Terms
  readonly spells: readonly PricedSpell[]
}

interface SplitWindow extends SplitLimit {
  readonly startMs: number
  readonly endMs: number
  /** For a state meter, only the last part. */
  readonly parts: readonly PricedSpell[]
}

/**
 * The overage lines of organizations that did not pay for all of their current period, or whose
 * plan changed in a window that is billed with it.
 *
 * Use continues to count through a change, as in the gate's counters. Use before the change is
 * charged by the plan of that time. A state meter is charged by the plan at the end of its window.
 * It runs a few statements for all organizations together.
 */
export const linesAcrossPlans = async (
  db: Queryable,
  at: Date,
  changed: ReadonlyMap<string, SplitSubscription>,
  rows: readonly OverageRow[],
): Promise<OverageLine[]> => {
  if (changed.size === 0) return []
  const now = grouped(rows, ({ organization_id }) => organization_id)
  const spellsOf = new Map([...changed].map(([id, one]) => [id, spellsAround(one, at)]))
  const planned = await chargesOfPlans(db, [...spellsOf.values()].flat())
  const windows = [...changed].flatMap(([id, { changes, anchorMs, term }]) => {
    const spells = spellsOf.get(id) ?? []
    // The limits now in force, with overrides, apply only if no change follows the instant.
    const isStill = changes.every((change) => change.at <= at)
    const own = (now.get(id) ?? []).map(
      (row): Terms => ({ ...termsOfRow(row), aggregation: row.aggregation }),
    )
    const termsOn = (spell: PlanSpell) =>
      isStill && spell === spells.at(-1) ? own : (planned.get(nameOf(spell)) ?? [])
    return limitsOf(id, { spells, termsOn, term }).flatMap((limit) =>
      windowsOf(limit, anchorMs, at.getTime()),
    )
  })
  return linesOf(db, windows)
}

/** The plans from the first window that is billed with the period to the period's end. */
const spellsAround = (one: SplitSubscription, at: Date): PlanSpell[] => {
  const { anchorMs, plan, version, changes } = one
  const periodMs = windowStart('period', at.getTime(), anchorMs)
  return planSpells(
    { plan, version },
    changes.map((change) => ({
      atMs: change.at.getTime(),
      oldPlan: change.old_plan,
      oldVersion: change.old_version,
    })),
    {
      startMs: windowStart('month', periodMs, anchorMs),
      endMs: windowEnd('period', periodMs, anchorMs),
    },
  )
}

const nameOf = ({ plan, version }: { plan: string; version: number }): string =>
  `${plan}@${version}`

/** The overage limits of plan versions. */
const chargesOfPlans = async (
  db: Queryable,
  spells: readonly PlanSpell[],
): Promise<ReadonlyMap<string, Terms[]>> => {
  const names = new Map(spells.map((spell) => [nameOf(spell), spell]))
  const rows = await limitsOfPlans(db, [...names.values()])
  const charging = rows
    .filter(({ behavior, per }) => behavior === 'overage' && per === 'organization')
    .map((row) => ({
      name: nameOf(row),
      terms: {
        meter: row.meter,
        window: row.window_name,
        per: row.per,
        behavior: row.behavior,
        max: row.max,
        cap: row.cap,
        scale: row.scale,
        aggregation: row.aggregation,
        rate: row.rate ?? undefined,
      },
    }))
  return new Map(
    [...grouped(charging, ({ name }) => name)].map(([name, own]) => [
      name,
      own.map(({ terms }) => terms),
    ]),
  )
}

/** How time is split: by plan, and by what is paid for. */
interface Cut {
  readonly spells: readonly PlanSpell[]
  readonly termsOn: (spell: PlanSpell) => readonly Terms[]
  readonly term: SubscriptionTerm
}

const limitsOf = (organizationId: string, { spells, termsOn, term }: Cut): SplitLimit[] => {
  const latest = new Map(
    spells.flatMap(termsOn).map((terms) => [`${terms.meter}/${terms.window}`, terms]),
  )
  return [...latest.values()].map((terms) => ({
    organizationId,
    terms,
    spells: spells.flatMap((spell) => {
      const own = termsOn(spell).find(
        ({ meter, window }) => meter === terms.meter && window === terms.window,
      )
      return byPayment(spell, term).map((part) => pricedSpell(spell, part, own, terms))
    }),
  }))
}

/** Splits a range into the parts that are paid for and those between them. */
const byPayment = (
  { startMs, endMs }: PlanSpell,
  term: SubscriptionTerm,
): Pick<PricedSpell, 'startMs' | 'endMs' | 'isFree'>[] => {
  const parts: Pick<PricedSpell, 'startMs' | 'endMs' | 'isFree'>[] = []
  let fromMs = startMs
  for (const paid of paidStretches(term, { startMs, endMs })) {
    const paidMs = Math.max(paid.startMs, startMs)
    if (paidMs > fromMs) parts.push({ startMs: fromMs, endMs: paidMs, isFree: true })
    parts.push({ startMs: paidMs, endMs: paid.endMs, isFree: false })
    fromMs = paid.endMs
  }
  if (fromMs < endMs) parts.push({ startMs: fromMs, endMs, isFree: true })
  return parts
}

/** A plan without this limit, and free time, include all use. */
const pricedSpell = (
  spell: PlanSpell,
  part: Pick<PricedSpell, 'startMs' | 'endMs' | 'isFree'>,
  own: Terms | undefined,
  other: Terms,
): PricedSpell => ({
  ...part,
  isOther: own === undefined,
  price:
    own && !part.isFree
      ? priceOf(own, nameOf(spell))
      : priceOf(
          { ...(own ?? other), behavior: 'hard' },
          `${nameOf(spell)}${part.isFree ? ', free' : ''}`,
        ),
})

/** The windows of a limit that are billed with the period of an instant and have begun by then. */
const windowsOf = (limit: SplitLimit, anchorMs: number, atMs: number): SplitWindow[] => {
  const { window, aggregation } = limit.terms
  const all = billedWindows(window as TimeWindow, anchorMs, atMs)
  return all.flatMap(({ startMs, endMs }) => {
    const parts = partsOfWindow(limit.spells, { startMs, endMs })
    if (!isOfLimit(parts)) return []
    return [{ ...limit, startMs, endMs, parts: addsUp(aggregation) ? parts : parts.slice(-1) }]
  })
}

const billedWindows = (window: TimeWindow, anchorMs: number, atMs: number) => {
  const periodMs = windowStart('period', atMs, anchorMs)
  const windows: { startMs: number; endMs: number }[] = []
  let startMs = windowStart(window, periodMs, anchorMs)
  const untilMs = window === 'month' ? startMs + 1 : atMs + 1
  while (startMs < untilMs) {
    const endMs = windowEnd(window, startMs, anchorMs)
    windows.push({ startMs, endMs })
    startMs = endMs
  }
  return windows
}

const linesOf = async (db: Queryable, windows: readonly SplitWindow[]): Promise<OverageLine[]> => {
  const levels = await levelsOfWindows(
    db,
    windows.map(({ organizationId, terms: { meter, window }, startMs }) => ({
      organizationId,
      meter,
      window,
      startMs,
    })),
  )
  // The last part is the level minus the other parts, so it needs no read of events.
  const split = [
    ...(await usedInStretches(
      db,
      windows.flatMap(({ organizationId, terms: { meter }, parts }) =>
        parts.slice(0, -1).map(({ startMs, endMs }) => ({ organizationId, meter, startMs, endMs })),
      ),
    )),
  ]
  const known = new Set<SplitLimit['spells']>()
  return windows.flatMap((one, index) => {
    const used = levels[index] ?? 0n
    const before = split.splice(0, one.parts.length - 1)
    // Each limit has a line, even without use: late use is charged by it.
    const isLong = one.terms.window === 'month' || one.terms.window === 'period'
    if (used === 0n && !isLong && known.has(one.spells)) return []
    known.add(one.spells)
    return [lineOf(one, used, before)]
  })
}

const lineOf = (one: SplitWindow, used: bigint, before: readonly bigint[]): OverageLine => {
  const { terms, parts, startMs, endMs, spells } = one
  const last = parts.at(-1) as PricedSpell
  const uses = usesOfParts(parts, used, before)
  const paid = paidPart(partsOfWindow(spells, { startMs, endMs }), {
    startMs,
    endMs,
    window: terms.window,
    level: used,
  })
  const { amount, overageUnits } = ratePeriod(uses, paid)
  return {
    organizationId: one.organizationId,
    meter: terms.meter,
    window: terms.window,
    aggregation: terms.aggregation,
    scale: terms.scale,
    used,
    amount,
    uses,
    startMs,
    endMs,
    paid,
    spells,
    included: last.price.included ?? null,
    over: overageUnits,
    rate: terms.rate ?? null,
  }
}
