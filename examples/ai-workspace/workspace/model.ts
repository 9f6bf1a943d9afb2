import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { LocalModel } from './local-model'

/** The maximum output of one answer, in tokens. A hold covers it. */
export const MAX_OUTPUT_TOKENS = 600

/** Uses Anthropic or OpenAI if their key is set, otherwise the local model. */
export const openModel = async (): Promise<BaseChatModel> => {
  const { ANTHROPIC_API_KEY, OPENAI_API_KEY } = process.env
  if (OPENAI_API_KEY) {
    const { ChatOpenAI } = await import('@langchain/openai')
    const model = process.env.OPENAI_MODEL ?? 'gpt-4o-mini'
    return new ChatOpenAI({ model, maxTokens: MAX_OUTPUT_TOKENS })
  }
  if (ANTHROPIC_API_KEY) {
    const { ChatAnthropic } = await import('@langchain/anthropic')
    const model = process.env.ANTHROPIC_MODEL ?? 'claude-haiku-4-5'
    return new ChatAnthropic({ model, maxTokens: MAX_OUTPUT_TOKENS })
  }
  return new LocalModel({ maxTokens: MAX_OUTPUT_TOKENS })
}

/** The use that the model reported, for the ledger. */
export const usedBy = (model: BaseChatModel, answer: { usage_metadata?: UsageMetadata }) => ({
  ...modelOf(model),
  inputTokens: answer.usage_metadata?.input_tokens,
  outputTokens: answer.usage_metadata?.output_tokens,
})

interface UsageMetadata {
  readonly input_tokens: number
  readonly output_tokens: number
}

const modelOf = (model: BaseChatModel) => {
  const { ls_provider: provider, ls_model_name: name } = model.getLsParams({})
  return { provider, model: name }
}
