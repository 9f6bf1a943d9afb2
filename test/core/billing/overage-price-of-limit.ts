import { exactDecimal, toUnits } from '../../../src/core/amounts.ts'
import type { OveragePrice } from '../../../src/core/billing/overage-price.ts'

/** The price of an `overage` limit as in a catalog: its maximum, its cap and the meter's rate. */
export const overagePriceOfLimit = (limit: {
  readonly id: string
  readonly meterScale: number
  readonly max: number | null
  readonly cap?: number | undefined
  readonly unitPrice: string
}): OveragePrice => {
  const units = (amount: number) => toUnits(exactDecimal(String(amount)), limit.meterScale)
  return {
    id: limit.id,
    meterScale: limit.meterScale,
    included: limit.max === null ? undefined : units(limit.max),
    cap: limit.cap === undefined ? undefined : units(limit.cap),
    charge: { model: 'flat', unitPrice: limit.unitPrice },
  }
}
