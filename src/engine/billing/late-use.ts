import { add, type Decimal, formatDecimal, formatUnits } from '../../core/amounts.ts'
import { CORRECTED_DAYS } from '../../core/billing/corrected-days.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import {
  type Fraction,
  fraction,
  fractionOf,
  roundFraction,
  sumFractions,
} from '../../core/billing/fraction.ts'
import type { GivenBack } from '../../core/billing/given-back.ts'
import { adjustmentWords } from '../../core/billing/invoice-words.ts'
import {
  isOfLimit,
  type PricedSpell,
  paidPart,
  partsOfWindow,
  usesOfParts,
} from '../../core/billing/priced-spells.ts'
import { type Rating, ratePeriod } from '../../core/billing/rating.ts'
import { addsUp, type TimeWindow } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import { windowEnd } from '../../core/windows.ts'
import type { Queryable } from '../../storage/database.ts'
import { usedInStretches } from '../../storage/reports/overage.ts'
import {
  type AskedLevels,
  type CorrectableRow,
  correctableInvoices,
  levelsInRanges,
} from '../../storage/tables/corrections.ts'
import { type BasisLimit, limitName, readBasis } from '../rating/rating-basis.ts'
import { chargedBooks } from './charged-books.ts'
import type { DraftLine } from './draft-invoice.ts'

export const REACH_MS = CORRECTED_DAYS * 86_400_000
const NOTHING: Decimal = { units: 0n, scale: 0 }

/** A limit of an earlier invoice, with the present levels of its windows. */
interface Standing {
  readonly invoice: CorrectableRow
  readonly limit: BasisLimit
  readonly windows: readonly StandingWindow[]
}

interface StandingWindow {
  readonly startMs: number
  readonly endMs: number
  readonly used: bigint
  /**
   * `all` has the prices of the whole window. A state meter is not rated by those, but by `parts`.
   */
  readonly all: readonly PricedSpell[]
  readonly parts: readonly PricedSpell[]
}

/**
 * The corrections of earlier invoices. For each limit, it is the present cost of its use minus what
 * was billed, earlier adjustments included. The prices are those of that time.
 *
 * So it does not matter when or how often this runs: an adjustment counts as billed. It never gives
 * back more than was charged, minus earlier credit notes.
 */
export const adjustmentsForLateUse = async (
  db: Queryable,
  organizationIds: readonly string[],
  periodStart: Date,
): Promise<ReadonlyMap<string, readonly DraftLine[]>> => {
  const ended = { from: new Date(periodStart.getTime() - REACH_MS), before: periodStart }
  const invoices = await correctableInvoices(db, organizationIds, ended)
  const changed = (await standingsOf(db, invoices)).filter(isToBeRated)
  const ratings = await ratingsOf(db, changed)
  const books = await chargedBooks(db, organizationIds, ended.from)
  const lines = changed.flatMap((standing, index) => {
    const { organization_id: organizationId } = standing.invoice
    const line = adjustmentOf(standing, ratings[index] ?? [], books(organizationId))
    return line ? [{ organizationId, line }] : []
  })
  return new Map(
    [...grouped(lines, ({ organizationId }) => organizationId)].map(([id, own]) => [
      id,
      own.map(({ line }) => line),
    ]),
  )
}

const standingsOf = async (
  db: Queryable,
  invoices: readonly CorrectableRow[],
): Promise<readonly Standing[]> => {
  const limits = invoices.flatMap((invoice) =>
    readBasis(invoice.basis).map((limit) => ({ invoice, limit })),
  )
  const levels = grouped(
    await levelsInRanges(
      db,
      limits.map(({ invoice, limit }) => askedOf(invoice, limit)),
    ),
    ({ place }) => place,
  )
  return limits.map(({ invoice, limit }, index) => {
    const used = new Map(
      (levels.get(BigInt(index + 1)) ?? []).map((row) => [row.window_start.getTime(), row.used]),
    )
    const starts = new Set([...limit.windows.map(({ startMs }) => startMs), ...used.keys()])
    const windows = [...starts]
      .sort((a, b) => a - b)
      .flatMap((startMs) => windowAt(invoice, limit, startMs, used.get(startMs) ?? 0n))
    return { invoice, limit, windows }
  })
}

/**
 * A monthly or period limit has one window to read. A shorter limit has all the windows that begin
 * in the period.
 */
const askedOf = (invoice: CorrectableRow, { meter, window, windows }: BasisLimit): AskedLevels => {
  const startMs = windows[0]?.startMs ?? invoice.period_start.getTime()
  return {
    organizationId: invoice.organization_id,
    meter,
    window,
    from: isLong(window) ? new Date(startMs) : invoice.period_start,
    to: isLong(window) ? new Date(startMs + 1) : invoice.period_end,
  }
}

const isLong = (window: BasisLimit['window']): boolean => window === 'month' || window === 'period'

/** A window with the prices that were in force in it; empty if the limit was not in force. */
const windowAt = (
  invoice: CorrectableRow,
  { window, aggregation, spells }: BasisLimit,
  startMs: number,
  used: bigint,
): StandingWindow[] => {
  // A period ends with the invoice. The end of any other window follows from its start.
  const endMs =
    window === 'period'
      ? invoice.period_end.getTime()
      : windowEnd(window as TimeWindow, startMs, startMs)
  const all = partsOfWindow(spells, { startMs, endMs })
  if (!isOfLimit(all)) return []
  return [{ startMs, endMs, used, all, parts: addsUp(aggregation) ? all : all.slice(-1) }]
}

const isToBeRated = ({ invoice, limit, windows }: Standing): boolean => {
  const billed = new Map(limit.windows.map(({ startMs, used }) => [startMs, used]))
  return (
    invoice.billed[limitName(limit)]?.corrected === true ||
    windows.some(({ startMs, used }) => used !== (billed.get(startMs) ?? 0n))
  )
}

/** The cost of each limit's windows, by the prices of that time. */
const ratingsOf = async (
  db: Queryable,
  standings: readonly Standing[],
): Promise<readonly (readonly Rating[])[]> => {
  const stretches = standings.flatMap(({ invoice, limit, windows }) =>
    windows.flatMap(({ parts }) =>
      parts.slice(0, -1).map(({ startMs, endMs }) => ({
        organizationId: invoice.organization_id,
        meter: limit.meter,
        startMs,
        endMs,
      })),
    ),
  )
  const split = [...(await usedInStretches(db, stretches))]
  return standings.map(({ limit: { window }, windows }) =>
    windows.map(({ startMs, endMs, used, all, parts }) =>
      ratePeriod(
        usesOfParts(parts, used, split.splice(0, parts.length - 1)),
        paidPart(all, { startMs, endMs, window, level: used }),
      ),
    ),
  )
}

const adjustmentOf = (
  { invoice, limit, windows }: Standing,
  ratings: readonly Rating[],
  book: GivenBack,
): DraftLine | undefined => {
  const { exponent } = currencyOf(invoice.currency)
  const cost = fractionOf(ratings.reduce((sum, { amount }) => add(sum, amount), NOTHING))
  const name = limitName(limit)
  const billed = BigInt(invoice.billed[name]?.minor ?? '0')
  const difference = roundFraction(cost, exponent) - billed
  if (difference === 0n) return undefined
  const back = difference < 0n ? book.takeBack(invoice.id, -difference) : 0n
  if (difference < 0n && back === 0n) return undefined
  const kept = difference < 0n ? -difference - back : 0n
  const { meter, window, scale } = limit
  const over = formatUnits(
    ratings.reduce((sum, { overageUnits }) => sum + overageUnits, 0n),
    scale,
  )
  const days = `${dayOf(invoice.period_start)} to ${dayOf(invoice.period_end)}`
  return {
    kind: 'adjustment',
    charge: `${name} of ${invoice.period_start.toISOString()}`,
    description: adjustmentWords(days, { meter, window, units: over }),
    amount: sumFractions([cost, minor(kept - billed, exponent)]),
    minorUnits: difference + kept,
    counted: windows.reduce((sum, { used }) => sum + (used > 0n ? used : 0n), 0n),
    meter,
    window,
    units: over,
    adjusts: invoice.id,
    steps: [
      ...ratings
        .flatMap(({ steps }) => steps)
        .map((step) => ({ ...step, amount: formatDecimal(step.amount) })),
      {
        kind: 'billed',
        priceId: `invoice ${invoice.id}`,
        amount: formatDecimal({ units: -billed, scale: exponent }),
      },
      ...(kept === 0n
        ? []
        : [
            {
              kind: 'given_back',
              priceId: `invoice ${invoice.id}`,
              amount: formatDecimal({ units: kept, scale: exponent }),
            },
          ]),
    ],
  }
}

const minor = (units: bigint, exponent: number): Fraction =>
  fraction(units, 10n ** BigInt(exponent))

const dayOf = (date: Date): string => date.toISOString().slice(0, 10)
