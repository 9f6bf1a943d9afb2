import type { Amounts } from '../../contract/usage.ts'
import { type CallAmounts, partFaults } from '../../core/usage-parts.ts'

/** What an answer says it used. */
export type ModelUsage = Omit<Amounts, 'quantities'> & {
  /** The model that answered. */
  readonly model?: string
  /** At which of the provider's rates: `default`, `flex`, `priority`, `batch`. */
  readonly tier?: string
}

type Parts = Record<string, number | undefined>

/**
 * Amounts without what was not told. Parts that are more than their whole would have the whole
 * settlement refused, so then the totals stand alone.
 */
export const amountsOf = (parts: Parts): ModelUsage => {
  const told: Record<string, number> = {}
  for (const [field, count] of Object.entries(parts)) {
    if (count !== undefined) told[field] = count
  }
  if (partFaults(told as CallAmounts).length === 0) return told
  const { inputTokens, outputTokens } = told
  return {
    ...(inputTokens !== undefined && { inputTokens }),
    ...(outputTokens !== undefined && { outputTokens }),
  }
}
