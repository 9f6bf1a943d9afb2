import { type Currency, currencyOf } from './currencies.ts'
import { type Fraction, roundFraction } from './fraction.ts'

/**
 * Invoices. A line's exact amount is rounded once, to the currency's minor unit, half away from zero.
 * An adjustment is rounded so that all that was billed of its period is rounded once. The total is
 * the sum of the rounded lines, so that what is printed adds up. Amounts are
 * without tax: whoever collects the money (Stripe Tax, an accountant) adds it.
 */

/**
 * `subscription`: a plan's price. `overage`: use past a limit. `proration`: for a part of a period.
 * `credit`: what takes from the bill. `adjustment`: what a closed period should have had, either way.
 */
export type LineKind = 'subscription' | 'overage' | 'proration' | 'credit' | 'adjustment'

/** A line before it is rounded. What else it carries (period, steps, source) stays on it. */
export interface LineDraft {
  readonly kind: LineKind
  readonly description: string
  /** In whole units of the currency; below zero for what the customer gets back. */
  readonly amount: Fraction
  /**
   * Minor units, where they are not the amount's own rounding: of an adjustment, which brings what
   * was billed to what the whole comes to, rounded once.
   */
  readonly minorUnits?: bigint | undefined
}

/** A line with its amount in minor units. */
type InvoiceLine<Draft extends LineDraft = LineDraft> = Draft & {
  readonly minorUnits: bigint
}

/** What an organization owes, or is owed, for the lines. */
export interface Invoice<Draft extends LineDraft = LineDraft> {
  readonly currency: Currency
  readonly lines: readonly InvoiceLine<Draft>[]
  /** The sum of the lines; may be below zero. */
  readonly totalMinorUnits: bigint
  /** What is to be paid: the total, or nothing when that is below zero. */
  readonly dueMinorUnits: bigint
  /** What the next invoice begins with as a credit: the part of the total that is below zero. */
  readonly carriedMinorUnits: bigint
}

/** What an `int8` column holds; no sum of money comes near it unless something is wrong. */
const MAX_MINOR_UNITS = 2n ** 63n - 1n

/** Which sign the amounts of a kind must not have. */
const FORBIDDEN_SIGN: Readonly<Record<LineKind, 1 | -1 | undefined>> = {
  subscription: -1,
  overage: -1,
  credit: 1,
  proration: undefined,
  adjustment: undefined,
}

/**
 * Makes an invoice of its lines, in the order given. Throws a `RangeError` on a currency that is
 * not one, on a charge below zero or a credit above it, and past what a column can hold.
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
