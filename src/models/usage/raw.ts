import { objectOf } from '../json.ts'
import type { ModelUsage } from './amounts.ts'
import { anthropicUsage } from './anthropic.ts'
import { geminiUsage } from './gemini.ts'
import { openAIChatUsage, openAIResponsesUsage } from './openai.ts'

/** A provider's own object of usage, whosever it is: their fields have names of their own. */
export const rawUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  if (!told) return undefined
  if ('prompt_tokens' in told) return openAIChatUsage(told)
  if ('promptTokenCount' in told) return geminiUsage(told)
  if (isAnthropic(told)) return anthropicUsage(told)
  return openAIResponsesUsage(told)
}

/** Both say `input_tokens`, and mean different things by it. */
const isAnthropic = (told: Readonly<Record<string, unknown>>): boolean =>
  'cache_read_input_tokens' in told || 'cache_creation_input_tokens' in told
