import { countOf, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import type { KnownUse, StreamForm, StreamReader, TakenEvent } from '../stream-reader.ts'
import type { ModelUsage } from '../usage/amounts.ts'
import { anthropicUsage } from '../usage/anthropic.ts'
import { langChainUsage } from '../usage/langchain.ts'

/** A chunk of a generation. Its constructors create further chunks. */
export interface ChunkLike {
  readonly text?: string
  readonly message: Json & { readonly constructor: unknown }
  readonly generationInfo?: unknown
  readonly constructor: unknown
}

type Chunks = readonly ChunkLike[]
type Made = new (fields: object) => unknown

export const chunkForm = (
  reader: ChunkReader,
): StreamForm<ChunkLike, ChunkLike, Chunks, ChunkLike> => ({
  events: (chunk) => (chunk ? [chunk] : []),
  chunks: (passed) => passed.flat(),
  rest: () => reader.rest(),
})

/**
 * Reads the chunks of a chat model. Chunks of a tool call are held back until it is complete,
 * because LangChain repairs half a call into a whole one, which an agent would run.
 */
export class ChunkReader implements StreamReader<ChunkLike, Chunks> {
  #held: ChunkLike[] = []
  #heldCall: unknown
  #seen: ChunkLike | undefined
  #isEnded = false
  #model: string | undefined
  /** The usage reported so far, as LangChain sums it. */
  #given = { input_tokens: 0, output_tokens: 0 }
  #usage: ModelUsage | undefined
  #anthropic: Json | undefined

  take(chunk: ChunkLike): TakenEvent<Chunks> {
    this.#seen = chunk
    const { message } = chunk
    const metadata = objectOf(message.response_metadata)
    const info = objectOf(chunk.generationInfo)
    this.#model =
      textOf(metadata?.model_name) ??
      textOf(metadata?.model) ??
      // Anthropic reports the model there, and only at the start.
      textOf(objectOf(message.additional_kwargs)?.model) ??
      this.#model
    this.#follow(message, metadata)
    const isEnd = [metadata?.finish_reason, info?.finish_reason, stopOf(message)].some(Boolean)
    this.#isEnded ||= isEnd
    const calls = objectsOf(message.tool_call_chunks)
    const text = textIn(message, calls)
    const [call] = calls
    if (call && !isEnd) {
      const which = call.index ?? call.id
      const pass = this.#held.length > 0 && which !== this.#heldCall ? this.#release() : []
      this.#heldCall = which
      this.#held.push(chunk)
      return { pass, text }
    }
    const isTelling = isEnd || text !== '' || message.usage_metadata != null
    return { pass: isTelling ? [...this.#release(), chunk] : [chunk], text }
  }

  /** Returns what is held back at the end. */
  rest(): Chunks {
    this.#isEnded = true
    return this.#release()
  }

  usage() {
    return this.#usage && { amounts: this.#usage, isFinal: this.#isEnded }
  }

  model(): string | undefined {
    return this.#model
  }

  ending({ inputTokens, outputTokens }: KnownUse): Chunks {
    const seen = this.#seen
    if (!seen) return []
    // LangChain sums the usage of all chunks, so only the difference is reported.
    const input_tokens = Math.max(0, inputTokens - this.#given.input_tokens)
    const output_tokens = Math.max(0, outputTokens - this.#given.output_tokens)
    const reason = this.#anthropic ? { stop_reason: 'max_tokens' } : { finish_reason: 'length' }
    const message = new (seen.message.constructor as Made)({
      content: '',
      ...(this.#anthropic && { additional_kwargs: reason }),
      response_metadata: reason,
      usage_metadata: { input_tokens, output_tokens, total_tokens: input_tokens + output_tokens },
    })
    const chunk = new (seen.constructor as Made)({ text: '', message, generationInfo: reason })
    return [chunk as ChunkLike]
  }

  #follow(message: Json, metadata: Json | undefined): void {
    const told = objectOf(message.usage_metadata)
    if (metadata?.model_provider === 'anthropic') this.#anthropic ??= {}
    if (!told) return
    const input = countOf(told.input_tokens) ?? 0
    const output = countOf(told.output_tokens) ?? 0
    if (this.#anthropic) {
      this.#usage = this.#anthropicUsage(told, metadata, input, output)
    } else {
      this.#usage = langChainUsage(message) ?? this.#usage
    }
    this.#given.input_tokens += input
    this.#given.output_tokens += output
  }

  /** The first chunk reports the input and cache use, the last one the whole output. */
  #anthropicUsage(
    told: Json,
    metadata: Json | undefined,
    input: number,
    output: number,
  ): ModelUsage | undefined {
    const raw = objectOf(metadata?.usage) ?? {}
    const details = objectOf(told.input_token_details)
    const cacheRead = countOf(details?.cache_read) ?? 0
    const cacheWrite = countOf(details?.cache_creation) ?? 0
    const before = this.#anthropic ?? {}
    this.#anthropic = {
      ...before,
      ...raw,
      ...(input > 0 && {
        input_tokens: input - cacheRead - cacheWrite,
        cache_read_input_tokens: cacheRead,
        cache_creation_input_tokens: cacheWrite,
      }),
      output_tokens: output,
    }
    return anthropicUsage(this.#anthropic)
  }

  #release(): Chunks {
    const held = this.#held
    this.#held = []
    return held
  }
}

const stopOf = (message: Json): unknown => objectOf(message.additional_kwargs)?.stop_reason

/** Everything the model wrote: text, thoughts, and the arguments of calls. */
const textIn = (message: Json, calls: readonly Json[]): string => {
  const blocks = objectsOf(message.content).flatMap((block) => [
    block.text,
    block.thinking,
    block.reasoning,
  ])
  return [
    message.content,
    ...blocks,
    objectOf(message.additional_kwargs)?.reasoning_content,
    ...calls.flatMap(({ name, args }) => [name, args]),
  ]
    .filter((piece) => typeof piece === 'string')
    .join('')
}
