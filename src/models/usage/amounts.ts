import type { Amounts } from '../../contract/usage.ts'
import { type CallAmounts, partFaults } from '../../core/usage-parts.ts'
import { countOf, objectOf } from '../json.ts'

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

/** Two totals and the details of each, as a provider tells them. */
export interface ToldUsage {
  readonly input: unknown
  readonly output: unknown
  readonly inputDetails: unknown
  readonly outputDetails: unknown
}

/** What a provider calls the parts of a total. */
export interface DetailNames {
  readonly cacheRead: string
  readonly cacheWrite: string
  readonly reasoning: string
  readonly audio: string
  readonly image: string
}

/** Totals that include their parts; `undefined` where no input is told. */
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
