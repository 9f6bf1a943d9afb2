import { countOf, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { amountsOf, type ModelUsage } from './amounts.ts'

/** Usage of `chat.completions`, `completions` and `embeddings`; totals include their parts. */
export const openAIChatUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  const inputTokens = countOf(told?.prompt_tokens)
  if (!told || inputTokens === undefined) return undefined
  const input = objectOf(told.prompt_tokens_details)
  const output = objectOf(told.completion_tokens_details)
  return amountsOf({
    inputTokens,
    cachedInputTokens: countOf(input?.cached_tokens),
    cacheWriteTokens: countOf(input?.cache_write_tokens),
    inputAudioTokens: countOf(input?.audio_tokens),
    inputImageTokens: countOf(input?.image_tokens),
    // Embeddings have no output.
    outputTokens: countOf(told.completion_tokens) ?? 0,
    reasoningTokens: countOf(output?.reasoning_tokens),
    outputAudioTokens: countOf(output?.audio_tokens),
    outputImageTokens: countOf(output?.image_tokens),
  })
}

/** Usage of `responses`, of images and of transcriptions by tokens; totals include their parts. */
export const openAIResponsesUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  const inputTokens = countOf(told?.input_tokens)
  if (!told || inputTokens === undefined) return undefined
  const input = objectOf(told.input_tokens_details) ?? objectOf(told.input_token_details)
  const output = objectOf(told.output_tokens_details) ?? objectOf(told.output_token_details)
  return amountsOf({
    inputTokens,
    cachedInputTokens: countOf(input?.cached_tokens),
    cacheWriteTokens: countOf(input?.cache_write_tokens),
    inputAudioTokens: countOf(input?.audio_tokens),
    inputImageTokens: countOf(input?.image_tokens),
    outputTokens: countOf(told.output_tokens) ?? 0,
    reasoningTokens: countOf(output?.reasoning_tokens),
    outputAudioTokens: countOf(output?.audio_tokens),
    outputImageTokens: countOf(output?.image_tokens),
  })
}

/** What an answer of `chat.completions` says. */
export const openAIChatAnswer = (answer: Json): ModelUsage | undefined => {
  const usage = openAIChatUsage(answer.usage)
  return usage && { ...usage, ...namesOf(answer) }
}

/** What an answer of `responses` says; searches of the web are items of the output. */
export const openAIResponsesAnswer = (answer: Json): ModelUsage | undefined => {
  const usage = openAIResponsesUsage(answer.usage)
  if (!usage) return undefined
  const items = objectsOf(answer.output)
  const webSearches = items.filter(
    ({ type, action }) =>
      // Opening a page that was found, and looking in it, are not billed.
      type === 'web_search_call' && (objectOf(action)?.type ?? 'search') === 'search',
  ).length
  const fileSearches = items.filter(({ type }) => type === 'file_search_call').length
  return {
    ...usage,
    ...(webSearches > 0 && { webSearches }),
    ...(fileSearches > 0 && { fileSearches }),
    ...namesOf(answer),
  }
}

/** What an answer of images says: all that was made is pictures, where no text is told apart. */
export const openAIImagesAnswer = (answer: Json): ModelUsage | undefined => {
  const usage = openAIResponsesUsage(answer.usage)
  return usage && { outputImageTokens: usage.outputTokens, ...usage, ...namesOf(answer) }
}

/** What a transcription says: tokens, or seconds where the model is billed by time. */
export const openAIAudioAnswer = (answer: Json): ModelUsage | undefined => {
  const { seconds } = objectOf(answer.usage) ?? {}
  if (typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0) {
    return { audioSeconds: Math.round(seconds * 1_000) / 1_000 }
  }
  return openAIResponsesUsage(answer.usage)
}

const namesOf = (answer: Json): Pick<ModelUsage, 'model' | 'tier'> => {
  const model = textOf(answer.model)
  const tier = textOf(answer.service_tier)
  return { ...(model && { model }), ...(tier && { tier }) }
}
