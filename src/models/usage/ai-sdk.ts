import { countOf, objectOf, textOf } from '../json.ts'
import { amountsOf, type ModelUsage } from './amounts.ts'
import { rawUsage } from './raw.ts'

/**
 * Reads the usage of an AI SDK language model (`v3`, `v4`) or of its result. The provider's own
 * object takes precedence: only it has audio, searches and cache durations.
 */
export const aiSdkUsage = (usage: unknown, providerMetadata?: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  if (!told) return undefined
  const nested = rawUsage(told.raw) ?? nestedUsage(told)
  const tier = tierOf(providerMetadata)
  return nested && { ...nested, ...(tier && { tier }) }
}

const nestedUsage = (told: Readonly<Record<string, unknown>>): ModelUsage | undefined => {
  const input = objectOf(told.inputTokens)
  const output = objectOf(told.outputTokens)
  const inputDetails = objectOf(told.inputTokenDetails)
  const outputDetails = objectOf(told.outputTokenDetails)
  const inputTokens = countOf(input?.total ?? told.inputTokens)
  const outputTokens = countOf(output?.total ?? told.outputTokens)
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return amountsOf({
    inputTokens: inputTokens ?? 0,
    cachedInputTokens: countOf(input?.cacheRead ?? inputDetails?.cacheReadTokens),
    cacheWriteTokens: countOf(input?.cacheWrite ?? inputDetails?.cacheWriteTokens),
    outputTokens: outputTokens ?? 0,
    reasoningTokens: countOf(output?.reasoning ?? outputDetails?.reasoningTokens),
  })
}

const tierOf = (providerMetadata: unknown): string | undefined => {
  for (const one of Object.values(objectOf(providerMetadata) ?? {})) {
    const tier = textOf(objectOf(one)?.serviceTier)
    if (tier) return tier
  }
  return undefined
}
