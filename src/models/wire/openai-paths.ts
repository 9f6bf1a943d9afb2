import { openAIChat } from './openai-chat.ts'
import { openAIResponses } from './openai-responses.ts'
import { openAIAudio, openAIEmbeddings, openAIImages, openAISpeech } from './openai-whole.ts'
import type { WireProtocol } from './protocol.ts'

/** Matched at the end of the path, because proxies and Azure add a prefix. */
const PATHS: readonly (readonly [RegExp, WireProtocol])[] = [
  [/\/(chat\/)?completions$/, openAIChat],
  [/\/responses$/, openAIResponses],
  [/\/embeddings$/, openAIEmbeddings],
  [/\/images\/(generations|edits|variations)$/, openAIImages],
  [/\/audio\/(transcriptions|translations)$/, openAIAudio],
  [/\/audio\/speech$/, openAISpeech],
]

/** The protocol of an OpenAI path; `undefined` for files, models, batches and others. */
export const openAIProtocolOf = (path: string): WireProtocol | undefined =>
  PATHS.find(([end]) => end.test(path))?.[1]
