import { type RatedUse, ratePeriod } from '../../core/billing/rating.ts'
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
} from '../../storage/tables/overage.ts'
import { type OverageLine, termsOfRow } from './overage-line.ts'

type Terms = JudgedLimit & { readonly aggregation: Aggregation }

/** Of whom the windows of a period are cut, and where. */
export interface SplitSubscription extends PlanName {
  readonly anchorMs: number
  readonly changes: readonly PlanChangeRow[]
  /** What was used before is free. */
  readonly paidFromMs: number
}

/** A part of a window on one plan; `terms` undefined: nothing was charged for on that plan. */
interface Part {
  readonly spell: PlanSpell
  readonly terms: Terms | undefined
  /** Of a trial, in which nothing is charged whatever the plan says. */
  readonly isFree: boolean
  readonly startMs: number
  readonly endMs: number
}

/** A window in which more than one plan may have been in force. */
interface SplitWindow {
  readonly organizationId: string
  /** Of the latest plan that charges overage in it. */
  readonly terms: Terms
  readonly startMs: number
  readonly endMs: number
  readonly parts: readonly Part[]
}

/**
 * The lines of organizations whose plan changed in a window that is billed with their current
 * period, or who were on trial in it. Use counts on through a change, as the gate's counters do; what was used before it is
 * charged as the plan of that time says. A state, which does not add up, is charged as the plan at
 * the end of its window says. A few statements for all of them.
 */
export const linesAcrossPlans = async (
  db: Queryable,
  at: Date,
  changed: ReadonlyMap<string, SplitSubscription>,
  rows: readonly OverageRow[],
): Promise<OverageLine[]> => {
  if (changed.size === 0) return []
  const now = grouped(rows, ({ organization_id }) => organization_id)
  const spellsOf = new Map([...changed].map(([id, one]) => [id, spellsUntil(one, at)]))
  const planned = await chargesOfPlans(db, [...spellsOf.values()].flat())
  const windows = [...changed].flatMap(([id, { changes, anchorMs, paidFromMs }]) => {
    const spells = spellsOf.get(id) ?? []
    // What is in force now, overrides with it, says nothing of an instant before a later change.
    const isStill = changes.every((change) => change.at <= at)
    const own = (now.get(id) ?? []).map(
      (row): Terms => ({ ...termsOfRow(row), aggregation: row.aggregation }),
    )
    const termsOn = (spell: PlanSpell) =>
      isStill && spell === spells.at(-1) ? own : (planned.get(nameOf(spell)) ?? [])
    const cut = { spells, termsOn, paidFromMs }
    return windowsOf(id, cut, anchorMs, at.getTime())
  })
  return linesOf(db, windows)
}

const spellsUntil = (one: SplitSubscription, at: Date): PlanSpell[] => {
  const { anchorMs, plan, version, changes } = one
  const startMs = windowStart('month', windowStart('period', at.getTime(), anchorMs), anchorMs)
  return planSpells(
    { plan, version },
    changes.map((change) => ({
      atMs: change.at.getTime(),
      oldPlan: change.old_plan,
      oldVersion: change.old_version,
    })),
    // What is in force at the instant itself is the last of them.
    { startMs, endMs: at.getTime() + 1 },
  )
}

const nameOf = ({ plan, version }: { plan: string; version: number }): string =>
  `${plan}@${version}`

/** What versions of plans charge overage on. */
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
        ...{ meter: row.meter, window: row.window_name, per: row.per, behavior: row.behavior },
        ...{ max: row.max, cap: row.cap, scale: row.scale, aggregation: row.aggregation },
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

/** How windows are cut: by plans, and by the end of a trial. */
interface Cut {
  readonly spells: readonly PlanSpell[]
  readonly termsOn: (spell: PlanSpell) => readonly Terms[]
  readonly paidFromMs: number
}

const windowsOf = (
  organizationId: string,
  cut: Cut,
  anchorMs: number,
  atMs: number,
): SplitWindow[] => {
  const { spells, termsOn } = cut
  const all = spells.flatMap((spell) => termsOn(spell))
  const limits = new Map(all.map((terms) => [`${terms.meter}/${terms.window}`, terms]))
  return [...limits.values()].flatMap(({ meter, window }) =>
    billedWindows(window as TimeWindow, anchorMs, atMs).flatMap(({ startMs, endMs }) => {
      const parts = partsOf(cut, { startMs, endMs: Math.min(endMs, atMs + 1) }, (spell) =>
        termsOn(spell).find((terms) => terms.meter === meter && terms.window === window),
      )
      const terms = parts.findLast((part) => part.terms)?.terms
      return terms ? [{ organizationId, terms, startMs, endMs, parts }] : []
    }),
  )
}

/** The windows that are billed with the period that contains an instant, as far as they began. */
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

const partsOf = (
  { spells, paidFromMs }: Cut,
  { startMs, endMs }: { startMs: number; endMs: number },
  termsOf: (spell: PlanSpell) => Terms | undefined,
): Part[] =>
  spells
    .filter((spell) => spell.startMs < endMs && spell.endMs > startMs)
    .flatMap((spell) => {
      const whole = {
        startMs: Math.max(spell.startMs, startMs),
        endMs: Math.min(spell.endMs, endMs),
      }
      const terms = termsOf(spell)
      return byPayment(whole, paidFromMs).map((stretch) => ({ spell, terms, ...stretch }))
    })

/** A stretch in the part that is free and the part that is paid for. */
const byPayment = (
  { startMs, endMs }: { startMs: number; endMs: number },
  paidFromMs: number,
): Pick<Part, 'startMs' | 'endMs' | 'isFree'>[] => {
  const cutMs = Math.min(Math.max(startMs, paidFromMs), endMs)
  const free = { startMs, endMs: cutMs, isFree: true }
  const paid = { startMs: cutMs, endMs, isFree: false }
  return [free, paid].filter((part) => part.startMs < part.endMs)
}

const linesOf = async (db: Queryable, windows: readonly SplitWindow[]): Promise<OverageLine[]> => {
  const levels = await levelsOfWindows(
    db,
    windows.map(({ organizationId, terms: { meter, window }, startMs }) => ({
      ...{ organizationId, meter, window, startMs },
    })),
  )
  // The last part is what the others leave of the level, which needs no look at events.
  const stretches = windows.flatMap(({ organizationId, terms: { meter, aggregation }, parts }) =>
    addsUp(aggregation)
      ? parts.slice(0, -1).map(({ startMs, endMs }) => ({ organizationId, meter, startMs, endMs }))
      : [],
  )
  const split = [...(await usedInStretches(db, stretches))]
  return windows.flatMap((one, index) => {
    const used = levels[index] ?? 0n
    const before = addsUp(one.terms.aggregation) ? split.splice(0, one.parts.length - 1) : []
    const isLong = one.terms.window === 'month' || one.terms.window === 'period'
    return used === 0n && !isLong ? [] : [lineOf(one, used, before)]
  })
}

const lineOf = (one: SplitWindow, used: bigint, before: readonly bigint[]): OverageLine => {
  const { terms, parts } = one
  const last = parts.at(-1) as Part
  const rest = before.reduce((left, part) => left - part, used)
  const uses = addsUp(terms.aggregation)
    ? parts.map((part, index) => useOf(part, terms, before[index] ?? rest))
    : [useOf(last, terms, used)]
  const { amount, overageUnits } = ratePeriod(uses)
  return {
    ...{ organizationId: one.organizationId, meter: terms.meter, window: terms.window },
    ...{ aggregation: terms.aggregation, scale: terms.scale, used, amount, uses },
    ...{ startMs: one.startMs, endMs: one.endMs },
    stretches: (addsUp(terms.aggregation) ? parts : [last]).map(({ startMs, endMs }) => ({
      ...{ startMs, endMs },
    })),
    included: last.terms ? last.terms.max : null,
    over: overageUnits,
    rate: terms.rate ?? null,
  }
}

/** On a plan that charges nothing for it, or in a trial, everything is included. */
const useOf = ({ spell, terms, isFree }: Part, other: Terms, units: bigint): RatedUse => {
  const price =
    terms && !isFree
      ? priceOf(terms, nameOf(spell))
      : priceOf(
          { ...(terms ?? other), behavior: 'hard' },
          `${nameOf(spell)}${isFree ? ', free' : ''}`,
        )
  return { price, usedUnits: units > 0n ? units : 0n }
}
