import type { Amounts } from '../../contract/usage.ts'
import { type CallAmounts, partFaults } from '../../core/usage-parts.ts'
import { countOf, objectOf } from '../json.ts'

/** The usage that an answer reports. */
export type ModelUsage = Omit<Amounts, 'quantities'> & {
  /** The model that answered. */
  readonly model?: string
  /** The provider's service tier: `default`, `flex`, `priority`, `batch`. */
  readonly tier?: string
}

type Parts = Record<string, number | undefined>

/**
 * Drops amounts that were not reported. If parts exceed their whole, keeps only the totals, because
 * the settlement would be refused.
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

/** Two totals with their details, as a provider reports them. */
export interface ToldUsage {
  readonly input: unknown
  readonly output: unknown
  readonly inputDetails: unknown
  readonly outputDetails: unknown
}

/** The provider's names for the parts of a total. */
export interface DetailNames {
  readonly cacheRead: string
  readonly cacheWrite: string
  readonly reasoning: string
  readonly audio: string
  readonly image: string
}

/** Reads totals that include their parts; `undefined` when no input is reported. */
export const detailedUsage = (told: ToldUsage, names: DetailNames): ModelUsage | undefined => {
  const inputTokens = countOf(told.input)
  if (inputTokens === undefined) return undefined
  const input = objectOf(told.inputDetails) ?? {}
  const output = objectOf(told.outputDetails) ?? {}
  return amountsOf({
    inputTokens,
    cachedInputTokens: countOf(input[names.cacheRead]),
    cacheWriteTokens: countOf(input[names.cacheWrite]),
    inputAudioTokens: countOf(input[names.audio]),
    inputImageTokens: countOf(input[names.image]),
    // Embeddings have no output.
    outputTokens: countOf(told.output) ?? 0,
    reasoningTokens: countOf(output[names.reasoning]),
    outputAudioTokens: countOf(output[names.audio]),
    outputImageTokens: countOf(output[names.image]),
  })
}
