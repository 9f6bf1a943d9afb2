import { AMOUNT_FIELDS, type AmountField } from '../contract/amount-fields.ts'
import type { HoldSettlement } from '../contract/hold.ts'
import type { Amounts } from '../contract/usage.ts'

/** Sums the held amounts: those of the call and of its extensions. */
export const estimateOf = (amounts: readonly Amounts[]): HoldSettlement => {
  const quantities: Record<string, number | string> = {}
  const tokens: Partial<Record<AmountField, number>> = {}
  for (const one of amounts) {
    for (const [meter, amount] of Object.entries(one.quantities ?? {})) {
      const before = quantities[meter]
      // A text is a member of a set and cannot be added up.
      quantities[meter] =
        typeof before === 'number' && typeof amount === 'number' ? before + amount : amount
    }
    for (const field of AMOUNT_FIELDS) {
      const count = one[field]
      if (count !== undefined && count !== null) tokens[field] = (tokens[field] ?? 0) + count
    }
  }
  return Object.keys(quantities).length > 0 ? { quantities, ...tokens } : tokens
}
