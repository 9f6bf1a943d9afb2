import { countOf, objectOf, textOf } from '../json.ts'
import { amountsOf, type ModelUsage } from './amounts.ts'
import { rawUsage } from './raw.ts'

/**
 * What a message of LangChain says it used. `response_metadata.usage` is the provider's own, where
 * it is there: a cache of an hour and searches are nowhere else.
 */
export const langChainUsage = (message: unknown): ModelUsage | undefined => {
  const told = objectOf(message)
  const metadata = objectOf(told?.response_metadata)
  const usage = rawUsage(metadata?.usage) ?? usageMetadata(told?.usage_metadata)
  const model = textOf(metadata?.model_name) ?? textOf(metadata?.model)
  const tier = textOf(metadata?.service_tier)
  return usage && { ...usage, ...(model && { model }), ...(tier && { tier }) }
}

const usageMetadata = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  const inputTokens = countOf(told?.input_tokens)
  if (!told || inputTokens === undefined) return undefined
  const input = objectOf(told.input_token_details)
  const output = objectOf(told.output_token_details)
  return amountsOf({
    inputTokens,
    cachedInputTokens: countOf(input?.cache_read),
    cacheWriteTokens: countOf(input?.cache_creation),
    inputAudioTokens: countOf(input?.audio),
    inputImageTokens: countOf(input?.image),
    outputTokens: countOf(told.output_tokens) ?? 0,
    reasoningTokens: countOf(output?.reasoning),
    outputAudioTokens: countOf(output?.audio),
    outputImageTokens: countOf(output?.image),
  })
}
