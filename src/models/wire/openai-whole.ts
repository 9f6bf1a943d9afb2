import type { Json } from '../json.ts'
import { openAIAudioAnswer, openAIChatAnswer, openAIImagesAnswer } from '../usage/openai.ts'
import type { WireProtocol } from './protocol.ts'

const asItIs = (body: Json): Json => body
const unknown = (): undefined => undefined

export const openAIEmbeddings: WireProtocol = {
  input: (body) => [body.input],
  maxOutputTokens: unknown,
  isWithoutOutput: true,
  sent: asItIs,
  answer: openAIChatAnswer,
}

export const openAIImages: WireProtocol = {
  input: (body) => [body.prompt],
  maxOutputTokens: unknown,
  sent: asItIs,
  answer: openAIImagesAnswer,
}

export const openAIAudio: WireProtocol = {
  input: (body) => [body.prompt],
  maxOutputTokens: unknown,
  sent: asItIs,
  answer: openAIAudioAnswer,
}

/** Speech is audio without reported usage. The estimate of its text is what counts. */
export const openAISpeech: WireProtocol = {
  input: (body) => [body.input, body.instructions],
  maxOutputTokens: unknown,
  isWithoutOutput: true,
  sent: asItIs,
  answer: unknown,
}
