import { type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { type DetailNames, detailedUsage, type ModelUsage } from './amounts.ts'

const DETAILS: DetailNames = {
  cacheRead: 'cached_tokens',
  cacheWrite: 'cache_write_tokens',
  reasoning: 'reasoning_tokens',
  audio: 'audio_tokens',
  image: 'image_tokens',
}

/** Reads usage of `chat.completions`, `completions` and `embeddings`. */
export const openAIChatUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  return detailedUsage(
    {
      input: told?.prompt_tokens,
      output: told?.completion_tokens,
      inputDetails: told?.prompt_tokens_details,
      outputDetails: told?.completion_tokens_details,
    },
    DETAILS,
  )
}

/** Reads usage of `responses`, of images, and of transcriptions that are billed by tokens. */
export const openAIResponsesUsage = (usage: unknown): ModelUsage | undefined => {
  const told = objectOf(usage)
  return detailedUsage(
    {
      input: told?.input_tokens,
      output: told?.output_tokens,
      inputDetails: told?.input_tokens_details ?? told?.input_token_details,
      outputDetails: told?.output_tokens_details ?? told?.output_token_details,
    },
    DETAILS,
  )
}

/** Reads the usage and model of a `chat.completions` answer. */
export const openAIChatAnswer = (answer: Json): ModelUsage | undefined => {
  const usage = openAIChatUsage(answer.usage)
  return usage && { ...usage, ...namesOf(answer) }
}

/** Reads the usage and model of a `responses` answer. Web searches are items of its output. */
export const openAIResponsesAnswer = (answer: Json): ModelUsage | undefined => {
  const usage = openAIResponsesUsage(answer.usage)
  if (!usage) return undefined
  const items = objectsOf(answer.output)
  const webSearches = items.filter(
    ({ type, action }) =>
      // Opening a found page and searching in it are not billed.
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

/** Reads the usage of an images answer. Without reported text output, all output is images. */
export const openAIImagesAnswer = (answer: Json): ModelUsage | undefined => {
  const usage = openAIResponsesUsage(answer.usage)
  return usage && { outputImageTokens: usage.outputTokens, ...usage, ...namesOf(answer) }
}

/** Reads the usage of a transcription: tokens, or seconds if the model is billed by time. */
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
