import {
  exactDecimal,
  formatUnits,
  MICRO_CREDIT_SCALE,
  PICO_USD_SCALE,
  toUnits,
} from '../../core/amounts.ts'
import { counted, formatCount, formatDecimalText } from '../numbers.ts'

/** The result of one row. */
export type RowOutcome =
  | { readonly allowed: true; readonly duplicate: boolean }
  | { readonly allowed: false; readonly refusedBy: readonly string[] }

/** The use of a row, and its cost if allowed; undefined for a model without a price. */
export interface PricedRow {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly microCredits: bigint
  readonly costUsd: string | undefined
}

/** The result of a replay. Tokens, credits and cost cover the rows that are in the ledger. */
export interface ReplaySummary {
  readonly events: bigint
  readonly admitted: bigint
  readonly refused: bigint
  /** How many of the admitted rows were in the ledger before. */
  readonly duplicates: bigint
  readonly inputTokens: bigint
  readonly outputTokens: bigint
  readonly credits: string
  readonly costUsd: string
  /** By limit: the number of rows it refused. A row that two limits refuse counts for both. */
  readonly refusedBy: ReadonlyMap<string, bigint>
  /** The number of rows with a model without a price. Their cost is unknown, not 0. */
  readonly unpriced: bigint
}

/** Sums rows exactly as they are decided. */
export class ReplayTotals {
  #events = 0n
  #refused = 0n
  #duplicates = 0n
  #unpriced = 0n
  #inputTokens = 0n
  #outputTokens = 0n
  #microCredits = 0n
  #picoUsd = 0n
  readonly #refusedBy = new Map<string, bigint>()

  add(row: PricedRow, outcome: RowOutcome): void {
    this.#events += 1n
    if (!outcome.allowed) {
      this.#refused += 1n
      for (const limit of outcome.refusedBy) {
        this.#refusedBy.set(limit, (this.#refusedBy.get(limit) ?? 0n) + 1n)
      }
      return
    }
    if (outcome.duplicate) this.#duplicates += 1n
    this.#inputTokens += BigInt(row.inputTokens)
    this.#outputTokens += BigInt(row.outputTokens)
    this.#microCredits += row.microCredits
    if (row.costUsd === undefined) this.#unpriced += 1n
    else this.#picoUsd += toUnits(exactDecimal(row.costUsd), PICO_USD_SCALE)
  }

  get summary(): ReplaySummary {
    return {
      events: this.#events,
      admitted: this.#events - this.#refused,
      refused: this.#refused,
      duplicates: this.#duplicates,
      inputTokens: this.#inputTokens,
      outputTokens: this.#outputTokens,
      credits: formatUnits(this.#microCredits, MICRO_CREDIT_SCALE),
      costUsd: formatUnits(this.#picoUsd, PICO_USD_SCALE),
      refusedBy: new Map([...this.#refusedBy].sort(([a], [b]) => (a < b ? -1 : 1))),
      unpriced: this.#unpriced,
    }
  }
}

/** Formats a summary as one line of JSON. Amounts are exact decimals, never doubles. */
export const summaryJson = (summary: ReplaySummary): string => {
  const { refusedBy, unpriced, ...figures } = summary
  const limits = [...refusedBy].map(([limit, rows]) => `${JSON.stringify(limit)}:${rows}`)
  const members = Object.entries(figures).map(([name, figure]) => `"${name}":${figure}`)
  return `{${[...members, `"refusedBy":{${limits.join(',')}}`].join(',')}}`
}

/** Formats a summary for people. */
export const summaryLines = (summary: ReplaySummary): readonly string[] => {
  const { admitted, refused, duplicates, refusedBy } = summary
  const before = duplicates > 0n ? ` (${formatCount(duplicates)} were in the ledger before)` : ''
  const lines = [
    `${counted(summary.events, 'event')}: ${formatCount(admitted)} admitted${before}, ` +
      `${formatCount(refused)} refused`,
    `${formatCount(summary.inputTokens)} input and ` +
      `${counted(summary.outputTokens, 'output token')}`,
    `${formatDecimalText(summary.credits)} credits`,
    `$${formatDecimalText(summary.costUsd)}`,
  ]
  for (const [limit, rows] of refusedBy) lines.push(`refused by ${limit}: ${formatCount(rows)}`)
  return lines
}
