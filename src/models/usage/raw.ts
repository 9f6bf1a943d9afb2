import { objectOf } from '../json.ts'
import type { ModelUsage } from './amounts.ts'
import { anthropicUsage } from './anthropic.ts'
import { geminiUsage } from './gemini.ts'
import { openAIChatUsage, openAIResponsesUsage } from './openai.ts'

/** Reads any provider's usage object. The names of its fields identify the provider. */
export const rawUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  if (!told) return undefined
  if ('prompt_tokens' in told) return openAIChatUsage(told)
  if ('promptTokenCount' in told) return geminiUsage(told)
  if (isAnthropic(told)) return anthropicUsage(told)
  return openAIResponsesUsage(told)
}

/** OpenAI and Anthropic both use `input_tokens`, with different meanings. */
const isAnthropic = (told: Readonly<Record<string, unknown>>): boolean =>
  'cache_read_input_tokens' in told || 'cache_creation_input_tokens' in told
