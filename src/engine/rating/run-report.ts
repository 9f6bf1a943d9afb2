import type { BillingProgress, OverageReport, OverageReportRow } from '../../contract/billing.ts'
import { currencyOf } from '../../core/billing/currencies.ts'
import { moneyText } from '../../core/billing/money-text.ts'

/** Rows of each kind that a report shows; beyond them it only counts. */
const MOST_ROWS = 1_000
const MOST_REASON = 500

/** The results of one run by organization. All are counted, and a limited number is listed. */
export class RunReport {
  #closed = 0
  readonly #billed = new Map<string, { minorUnits: bigint; currency: string }>()
  readonly #failed = new Map<string, string>()
  #billedPastBound = 0
  #failedPastBound = 0

  /** Counts closed periods. */
  closed(periods: number): void {
    this.#closed += periods
  }

  /** Counts charges of an organization. Call it once for each organization and batch. */
  billed(organizationId: string, minorUnits: bigint, currency: string): void {
    const before = this.#billed.get(organizationId)
    if (!before && this.#billed.size >= MOST_ROWS) {
      this.#billedPastBound += 1
      return
    }
    const sum = (before?.minorUnits ?? 0n) + minorUnits
    this.#billed.set(organizationId, { minorUnits: sum, currency })
  }

  /** Records a failure of an organization. Only its first reason is stored. */
  failed(organizationId: string, reason: string): void {
    if (this.#failed.has(organizationId)) return
    if (this.#failed.size >= MOST_ROWS) this.#failedPastBound += 1
    else this.#failed.set(organizationId, reason.slice(0, MOST_REASON))
  }

  progress(): BillingProgress {
    return {
      closed: this.#closed,
      billed: this.#billed.size + this.#billedPastBound,
      failed: this.#failed.size + this.#failedPastBound,
    }
  }

  /** Finishes the report, with the number of charges that are still to be made. */
  finish(waiting: number): OverageReport {
    const failed = [...this.#failed].map(([id, reason]) => this.#row(id, reason))
    const billed = [...this.#billed.keys()]
      .filter((id) => !this.#failed.has(id))
      .map((id) => this.#row(id, null))
    const organizations = [...failed, ...billed].slice(0, MOST_ROWS)
    const all = failed.length + billed.length + this.#billedPastBound + this.#failedPastBound
    const more = all - organizations.length
    return { ...this.progress(), waiting, organizations, more }
  }

  #row(organizationId: string, reason: string | null): OverageReportRow {
    const made = this.#billed.get(organizationId)
    return {
      organizationId,
      status: reason === null ? 'billed' : 'failed',
      amount: made ? moneyText(made.minorUnits, currencyOf(made.currency)) : '0',
      currency: made?.currency ?? null,
      reason,
    }
  }
}

/** The error's own message. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
