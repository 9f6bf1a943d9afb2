import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager'
import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage, AIMessageChunk, type BaseMessage } from '@langchain/core/messages'
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs'

const PROVIDER = 'local'
const MODEL = 'local-writer'
const MS_A_WORD = 12

/** Invented prices, so that the margin reports show figures. */
export const LOCAL_PRICE = {
  provider: PROVIDER,
  model: MODEL,
  inputUsdPerMillion: '0.15',
  outputUsdPerMillion: '0.6',
}

/** Four characters are about one token, which is precise enough for a stand-in. */
export const tokensIn = (text: string): number => Math.ceil(text.length / 4)

/**
 * A local model that needs no key and always gives the same answer to the same words. It puts the
 * last message's sentences, in order, under the system message's headings.
 */
export class LocalModel extends BaseChatModel {
  readonly model = MODEL
  readonly maxTokens: number

  constructor({ maxTokens }: { readonly maxTokens: number }) {
    super({})
    this.maxTokens = maxTokens
  }

  override _llmType(): string {
    return PROVIDER
  }

  override getLsParams(options: this['ParsedCallOptions']) {
    return { ...super.getLsParams(options), ls_provider: PROVIDER, ls_model_name: MODEL }
  }

  override async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const text = this.#wordsFor(messages).join('')
    const message = new AIMessage({ content: text, usage_metadata: usageOf(messages, text) })
    return { generations: [{ text, message }] }
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    { signal }: this['ParsedCallOptions'],
    manager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    let text = ''
    for (const word of this.#wordsFor(messages)) {
      if (signal?.aborted) return
      await new Promise((resolve) => setTimeout(resolve, MS_A_WORD))
      text += word
      yield new ChatGenerationChunk({
        text: word,
        message: new AIMessageChunk({ content: word }),
      })
      await manager?.handleLLMNewToken(word)
    }
    yield new ChatGenerationChunk({
      text: '',
      message: new AIMessageChunk({ content: '', usage_metadata: usageOf(messages, text) }),
    })
  }

  #wordsFor(messages: BaseMessage[]): readonly string[] {
    const words = answerTo(messages).match(/\S+\s*/g) ?? []
    const kept: string[] = []
    let length = 0
    for (const word of words) {
      length += word.length
      if (Math.ceil(length / 4) > this.maxTokens) break
      kept.push(word)
    }
    return kept
  }
}

const usageOf = (messages: BaseMessage[], answer: string) => {
  const input_tokens = messages.reduce((sum, { text }) => sum + tokensIn(text), 0)
  const output_tokens = tokensIn(answer)
  return { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens }
}

/** The headings in the system message: each line that begins with `#`. */
const answerTo = (messages: BaseMessage[]): string => {
  const system = messages.find((message) => message.getType() === 'system')?.text ?? ''
  const asked = messages.at(-1)?.text ?? ''
  const headings = [...system.matchAll(/^# (.+)$/gm)].map(([, heading]) => heading as string)
  const sentences = asked.match(/[^.!?\n]+[.!?]?/g)?.map((one) => one.trim()) ?? []
  const said = sentences.filter((one) => one !== '')
  if (headings.length === 0) return `You asked: "${said[0] ?? asked}" Here is what we know of it.`
  return headings
    .map((heading, place) => {
      const own = said.filter((_, index) => index % headings.length === place)
      const lines = (own.length > 0 ? own : said.slice(0, 1)).map((line) => `- ${line}`)
      return `${heading}\n${lines.join('\n')}`
    })
    .join('\n\n')
}
