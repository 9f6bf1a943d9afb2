import type { Decimal } from '../../core/amounts.ts'
import type { OverageRate } from '../../core/billing/overage-rate.ts'
import type { PricedSpell } from '../../core/billing/priced-spells.ts'
import type { PaidPart, RatedUse } from '../../core/billing/rating.ts'
import type { Aggregation, LimitWindow } from '../../core/catalog-words.ts'
import type { JudgedLimit } from '../../core/plan-outcome.ts'
import type { OverageRow } from '../../storage/reports/overage.ts'

/** The overage of one limit in one window that is billed with the current period. */
export interface OverageLine {
  readonly organizationId: string
  readonly meter: string
  readonly aggregation: Aggregation
  readonly scale: number
  readonly window: LimitWindow
  readonly startMs: number
  readonly endMs: number
  /** In the meter's smallest unit; null: all use is included. */
  readonly included: bigint | null
  readonly used: bigint
  readonly over: bigint
  readonly rate: OverageRate | null
  readonly amount: Decimal
  /** The use under each price, in order of time; one entry if the plan did not change. */
  readonly uses: readonly RatedUse[]
  /** The paid part of the window, for the minimum. */
  readonly paid: PaidPart
  /** The prices of the limit in all windows that are billed with the period. */
  readonly spells: readonly PricedSpell[]
}

/** The terms of the row's limit. */
export const termsOfRow = (row: OverageRow): JudgedLimit => ({
  meter: row.meter,
  window: row.window_name,
  per: 'organization',
  max: row.max,
  behavior: 'overage',
  cap: row.cap,
  scale: row.scale,
  rate: row.rate ?? undefined,
})
