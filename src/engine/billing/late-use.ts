import { add, type Decimal, formatDecimal, formatUnits } from '../../core/amounts.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { type Fraction, fraction, fractionOf, roundFraction } from '../../core/billing/fraction.ts'
import { type RatedUse, type Rating, ratePeriod } from '../../core/billing/rating.ts'
import { addsUp } from '../../core/catalog-words.ts'
import { grouped } from '../../core/grouped.ts'
import type { Queryable } from '../../storage/database.ts'
import {
  type AskedLevels,
  type CorrectableRow,
  correctableInvoices,
  levelsInRanges,
} from '../../storage/tables/corrections.ts'
import { usedInStretches } from '../../storage/tables/overage.ts'
import type { DraftLine } from './draft-invoice.ts'
import { type BasisLine, readBasis } from './rating-basis.ts'

/**
 * How far back a period may have ended that late use still changes: the oldest timestamp that is
 * taken is 35 days old, and a month may be billed up to a month after it ended.
 */
const REACH_MS = 100 * 86_400_000
const NOTHING: Decimal = { units: 0n, scale: 0 }

/** A limit of an earlier invoice, and its windows as they stand now. */
interface Standing {
  readonly invoice: CorrectableRow
  readonly name: string
  readonly windows: readonly { readonly line: BasisLine; readonly used: bigint }[]
}

/**
 * What earlier invoices of organizations should have had: of each limit the difference between what
 * its use costs now, by the prices of then, and what was billed for it, adjustments among it. So it
 * does not matter when or how often this is asked: what was adjusted once is billed.
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
  const lines = changed.flatMap((standing, index) => {
    const line = adjustmentOf(standing, ratings[index] ?? [])
    return line ? [{ organizationId: standing.invoice.organization_id, line }] : []
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
    [...grouped(readBasis(invoice.basis), ({ meter, window }) => `${meter}/${window}`)].map(
      ([name, lines]) => ({ invoice, name, lines }),
    ),
  )
  const levels = grouped(
    await levelsInRanges(
      db,
      limits.map(({ invoice, lines }) => askedOf(invoice, lines)),
    ),
    ({ place }) => place,
  )
  return limits.map(({ invoice, name, lines }, index) => {
    const used = new Map(
      (levels.get(BigInt(index + 1)) ?? []).map((row) => [row.window_start.getTime(), row.used]),
    )
    const starts = new Set([...lines.map(({ startMs }) => startMs), ...used.keys()])
    const windows = [...starts]
      .sort((a, b) => a - b)
      .map((startMs) => ({ line: lineAt(lines, startMs), used: used.get(startMs) ?? 0n }))
    return { invoice, name, windows }
  })
}

/** Of a long limit the one window; of a shorter one all that begin in the period. */
const askedOf = (invoice: CorrectableRow, lines: readonly BasisLine[]): AskedLevels => {
  const { meter, window, startMs } = lines[0] as BasisLine
  const isLong = window === 'month' || window === 'period'
  return {
    ...{ organizationId: invoice.organization_id, meter, window },
    from: isLong ? new Date(startMs) : invoice.period_start,
    to: isLong ? new Date(startMs + 1) : invoice.period_end,
  }
}

/** A window in which nothing had been used is charged as the one before it was, or the first. */
const lineAt = (lines: readonly BasisLine[], startMs: number): BasisLine => {
  const known = lines.find((line) => line.startMs === startMs)
  if (known) return known
  const before = lines.findLast((line) => line.startMs < startMs) ?? (lines[0] as BasisLine)
  return { ...before, startMs, used: 0n, parts: before.parts.slice(-1) }
}

const isToBeRated = ({ invoice, name, windows }: Standing): boolean =>
  invoice.billed[name]?.corrected === true || windows.some(({ line, used }) => used !== line.used)

/** What the windows of each cost by the prices of then. */
const ratingsOf = async (
  db: Queryable,
  standings: readonly Standing[],
): Promise<readonly (readonly Rating[])[]> => {
  const stretches = standings.flatMap(({ invoice, windows }) =>
    windows.flatMap(({ line }) =>
      partsBefore(line).map(({ startMs, endMs }) => ({
        ...{ organizationId: invoice.organization_id, meter: line.meter, startMs, endMs },
      })),
    ),
  )
  const split = [...(await usedInStretches(db, stretches))]
  return standings.map(({ windows }) =>
    windows.map(({ line, used }) => {
      const before = split.splice(0, partsBefore(line).length)
      const rest = before.reduce((left, part) => left - part, used)
      return ratePeriod(
        line.parts.map(({ price }, index): RatedUse => {
          const units = before[index] ?? rest
          return { price, usedUnits: units > 0n ? units : 0n }
        }),
      )
    }),
  )
}

/** Of a state there is one part; of what adds up the last one is what the others leave. */
const partsBefore = ({ aggregation, parts }: BasisLine): BasisLine['parts'] =>
  addsUp(aggregation) ? parts.slice(0, -1) : []

const adjustmentOf = (
  { invoice, name, windows }: Standing,
  ratings: readonly Rating[],
): DraftLine | undefined => {
  const { exponent } = currencyOf(invoice.currency)
  const cost = fractionOf(ratings.reduce((sum, { amount }) => add(sum, amount), NOTHING))
  const billed = BigInt(invoice.billed[name]?.minor ?? '0')
  const difference = roundFraction(cost, exponent) - billed
  if (difference === 0n) return undefined
  const { meter, window, scale } = (windows[0] as Standing['windows'][number]).line
  const over = formatUnits(
    ratings.reduce((sum, { overageUnits }) => sum + overageUnits, 0n),
    scale,
  )
  const days = `${dayOf(invoice.period_start)} to ${dayOf(invoice.period_end)}`
  return {
    kind: 'adjustment',
    charge: `${name} of ${invoice.period_start.toISOString()}`,
    description: `${meter} of ${days} past what is included by the ${window}, now ${over}`,
    amount: minor(difference, exponent),
    ...{ meter, window, units: over, adjusts: invoice.id },
    steps: [
      ...ratings
        .flatMap(({ steps }) => steps)
        .map((step) => ({ ...step, amount: formatDecimal(step.amount) })),
      {
        ...{ kind: 'billed', priceId: `invoice ${invoice.id}` },
        amount: formatDecimal({ units: -billed, scale: exponent }),
      },
    ],
  }
}

const minor = (units: bigint, exponent: number): Fraction =>
  fraction(units, 10n ** BigInt(exponent))

const dayOf = (date: Date): string => date.toISOString().slice(0, 10)
