import { type Currency, currencyOf } from './currencies.ts'
import { type Fraction, roundFraction } from './fraction.ts'

/**
 * Invoices. Each line's exact amount is rounded once, to the currency's minor unit, half away from
 * zero. Adjustments are rounded so that everything billed for their period is rounded once in sum.
 * The total is the sum of the rounded lines, so the printed lines add up. Amounts exclude tax;
 * whoever collects the money (Stripe Tax, an accountant) adds it.
 */

/**
 * `subscription`: a plan's price. `overage`: use past a limit. `proration`: part of a period.
 * `credit`: an amount in the customer's favour. `adjustment`: a correction of a closed period,
 * either way.
 */
export type LineKind = 'subscription' | 'overage' | 'proration' | 'credit' | 'adjustment'

/** A line before rounding. Its other fields (period, steps, source) are preserved. */
export interface LineDraft {
  readonly kind: LineKind
  readonly description: string
  /** In whole units of the currency; negative when the customer gets money back. */
  readonly amount: Fraction
  /**
   * The amount in minor units, when it is not the rounded `amount`. Adjustments set it, so that the
   * sum billed for their period is rounded once.
   */
  readonly minorUnits?: bigint | undefined
}

/** A line with its amount in minor units. */
type InvoiceLine<Draft extends LineDraft = LineDraft> = Draft & {
  readonly minorUnits: bigint
}

/** What an organization owes, or is owed. */
export interface Invoice<Draft extends LineDraft = LineDraft> {
  readonly currency: Currency
  readonly lines: readonly InvoiceLine<Draft>[]
  /** The sum of the lines; may be negative. */
  readonly totalMinorUnits: bigint
  /** The amount to pay: the total, but at least zero. */
  readonly dueMinorUnits: bigint
  /** The credit that the next invoice begins with: the negative part of the total. */
  readonly carriedMinorUnits: bigint
}

/** The largest value of an `int8` column. No real sum of money comes near it. */
const MAX_MINOR_UNITS = 2n ** 63n - 1n

/** The sign that amounts of a kind must not have. */
const FORBIDDEN_SIGN: Readonly<Record<LineKind, 1 | -1 | undefined>> = {
  subscription: -1,
  overage: -1,
  credit: 1,
  proration: undefined,
  adjustment: undefined,
}

/**
 * Builds an invoice from its lines, in the given order. Throws a `RangeError` for an unknown
 * currency, a negative charge, a positive credit, or an amount past the range of the column.
 */
export const buildInvoice = <Draft extends LineDraft>(draft: {
  readonly currency: string
  readonly lines: readonly Draft[]
}): Invoice<Draft> => {
  const currency = currencyOf(draft.currency)
  const lines = draft.lines.map((line) => ({
    ...line,
    minorUnits: roundLine(line, currency),
  }))
  const total = inRange(lines.reduce((sum, { minorUnits }) => sum + minorUnits, 0n))
  return {
    currency,
    lines,
    totalMinorUnits: total,
    dueMinorUnits: total > 0n ? total : 0n,
    carriedMinorUnits: total < 0n ? -total : 0n,
  }
}

const roundLine = (line: LineDraft, currency: Currency): bigint => {
  const { kind, description, amount } = line
  const sign = amount.numerator < 0n ? -1 : amount.numerator > 0n ? 1 : 0
  if (sign !== 0 && sign === FORBIDDEN_SIGN[kind]) {
    const wrong = sign < 0 ? 'below' : 'above'
    throw new RangeError(`the amount of a line of ${kind} is ${wrong} zero: ${description}`)
  }
  return inRange(line.minorUnits ?? roundFraction(amount, currency.exponent))
}

const inRange = (minorUnits: bigint): bigint => {
  if (minorUnits > MAX_MINOR_UNITS || minorUnits < -MAX_MINOR_UNITS) {
    throw new RangeError('an amount of money is past what can be kept')
  }
  return minorUnits
}
