import { objectOf, textOf } from '../json.ts'
import { type DetailNames, detailedUsage, type ModelUsage } from './amounts.ts'
import { rawUsage } from './raw.ts'

/**
 * Reads the usage of a LangChain message. The provider's own object, `response_metadata.usage`,
 * takes precedence: only it has hour-long caches and searches.
 */
export const langChainUsage = (message: unknown): ModelUsage | undefined => {
  const told = objectOf(message)
  const metadata = objectOf(told?.response_metadata)
  const usage = rawUsage(metadata?.usage) ?? usageMetadata(told?.usage_metadata)
  const model = textOf(metadata?.model_name) ?? textOf(metadata?.model)
  const tier = textOf(metadata?.service_tier)
  return usage && { ...usage, ...(model && { model }), ...(tier && { tier }) }
}

const DETAILS: DetailNames = {
  cacheRead: 'cache_read',
  cacheWrite: 'cache_creation',
  reasoning: 'reasoning',
  audio: 'audio',
  image: 'image',
}

const usageMetadata = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  return detailedUsage(
    {
      input: told?.input_tokens,
      output: told?.output_tokens,
      inputDetails: told?.input_token_details,
      outputDetails: told?.output_token_details,
    },
    DETAILS,
  )
}
