import { add, type Decimal, formatDecimal, formatUnits } from '../../core/amounts.ts'
import { formatFraction, fractionOf } from '../../core/billing/fraction.ts'
import { buildInvoice, type Invoice, type LineDraft } from '../../core/billing/invoice.ts'
import { overageWords } from '../../core/billing/invoice-words.ts'
import { secondsOf } from '../../core/billing/periods.ts'
import { ratePeriod } from '../../core/billing/rating.ts'
import { grouped } from '../../core/grouped.ts'
import {
  type PlanName,
  type PlanSpell,
  paidSpells,
  planSpells,
  subscriptionAmount,
} from '../../core/plan-spells.ts'
import type { Queryable } from '../../storage/database.ts'
import { type PlanChangeRow, planChanges } from '../../storage/reports/overage.ts'
import { type BilledRow, findBilled, plansOnInvoice } from '../../storage/tables/invoices.ts'
import {
  type ScheduledChangeRow,
  scheduledChanges,
  specialTerms,
} from '../../storage/tables/subscriptions.ts'
import { overageBook } from '../rating/overage-book.ts'
import type { OverageLine } from '../rating/overage-line.ts'
import { termOf } from '../subscriptions/subscription-term.ts'
import { carriedOver } from './carried-over.ts'

/** One step of a line's arithmetic, as it is stored and shown. */
export interface LineStep {
  readonly kind: string
  readonly priceId: string
  readonly quantity?: string | undefined
  readonly price?: string | undefined
  readonly amount: string
}

/** A line with its origin. */
export interface DraftLine extends LineDraft {
  readonly meter: string | null
  readonly window: string | null
  /** The charged use beyond what is included, in whole units. */
  readonly units: string | null
  readonly steps: readonly LineStep[]
  /**
   * The part of its windows' use that it covers, in the meter's smallest unit. Grants paid for the
   * rest.
   */
  readonly counted?: bigint
  /** The earlier invoice that it corrects. */
  readonly adjusts?: string
  /**
   * Distinguishes its charge from those of the invoice's other lines. Undefined: nothing is
   * collected.
   */
  readonly charge?: string
}

/** An invoice, and the overage that it was computed from. */
export interface DraftInvoice extends Invoice<DraftLine> {
  readonly overage: readonly OverageLine[]
  readonly creditNoteIds: readonly string[]
}

/** A half-open range of instants: `startMs` is in it, `endMs` is not. */
export interface Period {
  readonly startMs: number
  readonly endMs: number
}

/** The plan from an instant on. */
export interface PlannedSpell extends PlanName {
  readonly startMs: number
}

/** Catalogs have prices in US dollars only. */
const CURRENCY = 'USD'
const NOTHING: Decimal = { units: 0n, scale: 0 }

/**
 * The invoices of organizations for one period each, from the ledger at an instant.
 *
 * They have the plan's price for the seconds that it was in force, and a line for each limit with
 * overage. Then come corrections of earlier periods, and credits.
 *
 * The instant must be in all of the periods; for periods that are over, it is their last. Late use
 * is included as far as it has arrived.
 *
 * Changes that are scheduled within a running period are included. `supposing` replaces them. It
 * runs a few statements for all organizations together.
 */
export const draftInvoices = async (
  db: Queryable,
  periods: ReadonlyMap<string, Period>,
  asOf: Date,
  supposing?: PlannedSpell,
): Promise<ReadonlyMap<string, DraftInvoice>> => {
  const ids = [...periods.keys()]
  const firstMs = [...periods.values()].reduce(
    (first, { startMs }) => Math.min(first, startMs),
    Number.POSITIVE_INFINITY,
  )
  const billed = await findBilled(db, ids)
  const changes = grouped(
    await planChanges(db, new Date(firstMs), ids),
    ({ organization_id }) => organization_id,
  )
  const terms = new Map(
    (await specialTerms(db, new Date(firstMs), ids)).map((row) => [row.id, row]),
  )
  const scheduled = grouped(
    await scheduledChanges(db, ids),
    ({ organization_id }) => organization_id,
  )
  const spells = new Map(
    billed.map((row) => {
      const period = periods.get(row.id) as Period
      const before = spellsOf(row, changes.get(row.id) ?? [], period)
      const later = supposing ? [supposing] : (scheduled.get(row.id) ?? []).flatMap(plannedBy)
      const term = terms.get(row.id)
      return [row.id, paidSpells(withLater(before, later), term && termOf(term))]
    }),
  )
  const plans = await plansOnInvoice(db, [...spells.values()].flat())
  const book = await overageBook(db, asOf, ids)
  const lastStartMs = Math.max(...[...periods.values()].map(({ startMs }) => startMs))
  const carried = await carriedOver(db, ids, new Date(lastStartMs))
  return new Map(
    billed.map(({ id }) => {
      const price = subscriptionLines(spells.get(id) ?? [], plans, periods.get(id) as Period)
      const overage = book.get(id) ?? []
      const before = carried(id)
      const lines = [...price, ...overageLines(overage), ...before.lines]
      const invoice = buildInvoice({ currency: CURRENCY, lines })
      return [id, { ...invoice, overage, creditNoteIds: before.noteIds }]
    }),
  )
}

const plannedBy = ({ due_at, plan, plan_version }: ScheduledChangeRow): PlannedSpell[] =>
  plan === null || plan_version === null
    ? []
    : [{ plan, version: plan_version, startMs: due_at.getTime() }]

/** A scheduled change splits the period's last range. */
const withLater = (
  spells: readonly PlanSpell[],
  later: readonly PlannedSpell[],
): readonly PlanSpell[] =>
  later.reduce<readonly PlanSpell[]>((all, planned) => {
    const last = all.at(-1)
    if (!last || planned.startMs >= last.endMs) return all
    const { startMs, endMs } = last
    const cutMs = Math.max(startMs, planned.startMs)
    return [...all.slice(0, -1), { ...last, endMs: cutMs }, { ...planned, startMs: cutMs, endMs }]
  }, spells)

const spellsOf = (
  billed: BilledRow,
  changes: readonly PlanChangeRow[],
  period: Period,
): PlanSpell[] =>
  planSpells(
    { plan: billed.plan, version: billed.plan_version },
    changes.map(({ at, old_plan: oldPlan, old_version: oldVersion }) => ({
      atMs: at.getTime(),
      oldPlan,
      oldVersion,
    })),
    period,
  )

const subscriptionLines = (
  spells: readonly PlanSpell[],
  plans: Awaited<ReturnType<typeof plansOnInvoice>>,
  period: Period,
): DraftLine[] => {
  const ofSeconds = secondsOf(period)
  return spells
    .map((spell) => ({ spell, seconds: secondsOf(spell) }))
    .filter(({ seconds }) => seconds > 0n)
    .map(({ spell, seconds }): DraftLine => {
      const priceId = `${spell.plan}@${spell.version}`
      const { name, price } = plans.get(priceId) ?? { name: spell.plan, price: null }
      const amount = subscriptionAmount([{ ...spell, price }], period)
      const isWhole = seconds === ofSeconds
      const quantity = isWhole ? '1' : `${seconds}/${ofSeconds}`
      const stretch = `${dayOf(spell.startMs)} to ${dayOf(spell.endMs)}`
      return {
        kind: isWhole ? 'subscription' : 'proration',
        description: `${name}, ${stretch}${price === null ? ' (by agreement)' : ''}`,
        amount,
        meter: null,
        window: null,
        units: null,
        steps: [
          { kind: 'price', priceId, quantity, price: price ?? '0', amount: formatFraction(amount) },
        ],
      }
    })
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/**
 * One line for each limit. The windows of a day or hour limit are added exactly, and rounded once.
 */
const overageLines = (lines: readonly OverageLine[]): DraftLine[] =>
  [...grouped(lines, ({ meter, window }) => `${meter}/${window}`).values()]
    .map(overageLineOf)
    .filter(({ units, amount }) => units !== '0' || amount.numerator > 0n)

const overageLineOf = (windows: readonly OverageLine[]): DraftLine => {
  const { meter, window, scale } = windows[0] as OverageLine
  const ratings = windows.map(({ uses, paid }) => ratePeriod(uses, paid))
  const amount = ratings.reduce((sum, rating) => add(sum, rating.amount), NOTHING)
  const over = ratings.reduce((sum, rating) => sum + rating.overageUnits, 0n)
  const units = formatUnits(over, scale)
  return {
    kind: 'overage',
    charge: `${meter}/${window}`,
    description: overageWords({ meter, window, units }),
    amount: fractionOf(amount),
    meter,
    window,
    units,
    counted: windows.flatMap(({ uses }) => uses).reduce((sum, use) => sum + use.usedUnits, 0n),
    steps: ratings
      .flatMap(({ steps }) => steps)
      .map((step) => ({ ...step, amount: formatDecimal(step.amount) })),
  }
}
