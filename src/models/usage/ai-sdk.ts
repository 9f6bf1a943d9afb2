import { countOf, objectOf, textOf } from '../json.ts'
import { amountsOf, type ModelUsage } from './amounts.ts'
import { rawUsage } from './raw.ts'

/**
 * Usage as a language model of the AI SDK tells it (`v3`, `v4`), or its result. The provider's own
 * object comes first: audio, searches and how long a cache is kept are nowhere else.
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
