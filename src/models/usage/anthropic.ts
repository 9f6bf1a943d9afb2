import { countOf, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { amountsOf, type ModelUsage } from './amounts.ts'

/**
 * Reads usage of `messages`. Anthropic's input excludes cache reads and writes; Tollgate's includes
 * them. Passes that compact a long conversation are listed beside the totals and added to them.
 */
export const anthropicUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  if (!told || countOf(told.input_tokens) === undefined) return undefined
  const parts = [told, ...objectsOf(told.iterations).filter(({ type }) => type === 'compaction')]
  const sum = (read: (part: Json) => unknown): number | undefined => {
    const counts = parts.flatMap((part) => countOf(read(part)) ?? [])
    return counts.length === 0 ? undefined : counts.reduce((all, one) => all + one, 0)
  }
  const cachedInputTokens = sum((part) => part.cache_read_input_tokens)
  const cacheWriteTokens = sum(writtenIn)
  const tools = objectOf(told.server_tool_use)
  const tier = textOf(told.service_tier)
  const webSearches = countOf(tools?.web_search_requests)
  return {
    ...amountsOf({
      inputTokens:
        (sum((part) => part.input_tokens) ?? 0) +
        (cachedInputTokens ?? 0) +
        (cacheWriteTokens ?? 0),
      cachedInputTokens,
      cacheWriteTokens,
      cacheWrite1hTokens: sum((part) => objectOf(part.cache_creation)?.ephemeral_1h_input_tokens),
      outputTokens: sum((part) => part.output_tokens) ?? 0,
      reasoningTokens: sum((part) => objectOf(part.output_tokens_details)?.thinking_tokens),
    }),
    ...(webSearches ? { webSearches } : {}),
    ...(tier && { tier: tier === 'standard' ? 'default' : tier }),
  }
}

/** The total of cache writes; if only its parts are reported, their sum. */
const writtenIn = (part: Json): number | undefined => {
  const total = countOf(part.cache_creation_input_tokens)
  if (total !== undefined) return total
  const kept = objectOf(part.cache_creation)
  return kept
    ? (countOf(kept.ephemeral_5m_input_tokens) ?? 0) +
        (countOf(kept.ephemeral_1h_input_tokens) ?? 0)
    : undefined
}

/** Reads the usage and model of an answer of `messages`. */
export const anthropicAnswer = (answer: Json): ModelUsage | undefined => {
  const usage = anthropicUsage(answer.usage)
  const model = textOf(answer.model)
  return usage && { ...usage, ...(model && { model }) }
}
