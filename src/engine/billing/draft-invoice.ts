import { add, type Decimal, formatDecimal, formatUnits } from '../../core/amounts.ts'
import { formatFraction, fractionOf } from '../../core/billing/fraction.ts'
import { buildInvoice, type Invoice, type LineDraft } from '../../core/billing/invoice.ts'
import { secondsOf } from '../../core/billing/periods.ts'
import { ratePeriod } from '../../core/billing/rating.ts'
import { grouped } from '../../core/grouped.ts'
import { type PlanSpell, planSpells, subscriptionAmount } from '../../core/plan-spells.ts'
import type { Queryable } from '../../storage/database.ts'
import { type BilledRow, findBilled, plansOnInvoice } from '../../storage/tables/invoices.ts'
import { type PlanChangeRow, planChanges } from '../../storage/tables/overage.ts'
import { overageBook } from '../insight/overage-book.ts'
import type { OverageLine } from '../insight/overage-line.ts'

/** A part of a line's arithmetic, as it is kept and shown. */
export interface LineStep {
  readonly kind: string
  readonly priceId: string
  readonly quantity?: string | undefined
  readonly price?: string | undefined
  readonly amount: string
}

/** A line with where it comes from. */
export interface DraftLine extends LineDraft {
  readonly meter: string | null
  readonly window: string | null
  /** Past what is included and charged, in whole units. */
  readonly units: string | null
  readonly steps: readonly LineStep[]
}

/** The instants of a period: from the first, up to and without the second. */
export interface Period {
  readonly startMs: number
  readonly endMs: number
}

/** Catalogs price in US dollars, and in nothing else. */
const CURRENCY = 'USD'
const NOTHING: Decimal = { units: 0n, scale: 0 }

/**
 * The invoices of organizations for a period of each, as the ledger has them at an instant: each
 * plan's price for the seconds that it was in force, and a line for each limit that was used past
 * what it includes. The instant must be in all of the periods: of those that are over, their last.
 * Use that came late is in them as far as it has come. A few statements for all of them.
 */
export const draftInvoices = async (
  db: Queryable,
  periods: ReadonlyMap<string, Period>,
  asOf: Date,
): Promise<ReadonlyMap<string, Invoice<DraftLine>>> => {
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
  const spells = new Map(
    billed.map((row) => [
      row.id,
      spellsOf(row, changes.get(row.id) ?? [], periods.get(row.id) as Period),
    ]),
  )
  const plans = await plansOnInvoice(db, [...spells.values()].flat())
  const book = await overageBook(db, asOf, ids)
  return new Map(
    billed.map(({ id }) => {
      const price = subscriptionLines(spells.get(id) ?? [], plans, periods.get(id) as Period)
      const overage = overageLines(book.get(id) ?? [])
      return [id, buildInvoice({ currency: CURRENCY, lines: [...price, ...overage] })]
    }),
  )
}

/** Up to the day of its closing where it was closed in the period. */
const spellsOf = (
  billed: BilledRow,
  changes: readonly PlanChangeRow[],
  { startMs, endMs }: Period,
): PlanSpell[] =>
  planSpells(
    { plan: billed.plan, version: billed.plan_version },
    changes.map(({ at, old_plan: oldPlan, old_version: oldVersion }) => ({
      ...{ atMs: at.getTime(), oldPlan, oldVersion },
    })),
    { startMs, endMs: Math.min(endMs, billed.closed_at?.getTime() ?? endMs) },
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
        ...{ meter: null, window: null, units: null },
        steps: [
          { kind: 'price', priceId, quantity, price: price ?? '0', amount: formatFraction(amount) },
        ],
      }
    })
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** One line a limit: the windows of a day or an hour are added up exactly, and rounded once. */
const overageLines = (lines: readonly OverageLine[]): DraftLine[] =>
  [...grouped(lines, ({ meter, window }) => `${meter}/${window}`).values()]
    .map(overageLineOf)
    .filter(({ units, amount }) => units !== '0' || amount.numerator > 0n)

const overageLineOf = (windows: readonly OverageLine[]): DraftLine => {
  const { meter, window, scale } = windows[0] as OverageLine
  const ratings = windows.map(({ uses }) => ratePeriod(uses))
  const amount = ratings.reduce((sum, rating) => add(sum, rating.amount), NOTHING)
  const over = ratings.reduce((sum, rating) => sum + rating.overageUnits, 0n)
  const units = formatUnits(over, scale)
  return {
    kind: 'overage',
    description: `${meter} past what is included by the ${window}: ${units}`,
    amount: fractionOf(amount),
    ...{ meter, window, units },
    steps: ratings
      .flatMap(({ steps }) => steps)
      .map((step) => ({ ...step, amount: formatDecimal(step.amount) })),
  }
}
