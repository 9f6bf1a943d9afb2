import { openAIChat } from './openai-chat.ts'
import { openAIResponses } from './openai-responses.ts'
import { openAIAudio, openAIEmbeddings, openAIImages, openAISpeech } from './openai-whole.ts'
import type { WireProtocol } from './protocol.ts'

/** By the end of a path: proxies and Azure put something in front. */
const PATHS: readonly (readonly [RegExp, WireProtocol])[] = [
  [/\/(chat\/)?completions$/, openAIChat],
  [/\/responses$/, openAIResponses],
  [/\/embeddings$/, openAIEmbeddings],
  [/\/images\/(generations|edits|variations)$/, openAIImages],
  [/\/audio\/(transcriptions|translations)$/, openAIAudio],
  [/\/audio\/speech$/, openAISpeech],
]

/** What a path of OpenAI's asks a model for; `undefined` for files, models, batches and the like. */
export const openAIProtocolOf = (path: string): WireProtocol | undefined =>
  PATHS.find(([end]) => end.test(path))?.[1]
