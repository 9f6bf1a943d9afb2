import { textOf } from '../json.ts'
import type { KnownUse, StreamForm, StreamReader, TakenEvent } from '../stream-reader.ts'
import { aiSdkUsage } from '../usage/ai-sdk.ts'
import { nestedUsageOf, type StreamPart } from './parts.ts'

type Parts = readonly StreamPart[]

/** A stream of the AI SDK already consists of events. */
export const partForm: StreamForm<StreamPart, StreamPart, Parts, StreamPart> = {
  events: (part) => (part ? [part] : []),
  chunks: (passed) => passed.flat(),
  rest: () => undefined,
}

/** Parts of these types are streamed to the reader. They are closed when the stream is cut. */
const WRITTEN = new Set(['text', 'reasoning'])

/**
 * Reads the parts of a language model. Parts of a tool call are held back until it is complete. The
 * SDK answers an incomplete call with an error and asks the model again.
 */
export class PartReader implements StreamReader<StreamPart, Parts> {
  readonly #open = new Map<string, string>()
  readonly #held = new Map<string, StreamPart[]>()
  #usage: ReturnType<typeof aiSdkUsage>
  #model: string | undefined

  take(part: StreamPart): TakenEvent<Parts> {
    const text = this.#textIn(part)
    if (part.type === 'finish') {
      this.#usage = aiSdkUsage(part.usage, part.providerMetadata)
      return { pass: [...this.#release(), part], text, isLast: true }
    }
    if (part.type === 'response-metadata') this.#model = textOf(part.modelId) ?? this.#model
    if (part.type.startsWith('tool-input-')) {
      const id = part.id ?? ''
      this.#held.set(id, [...(this.#held.get(id) ?? []), part])
      return { pass: [], text }
    }
    if (part.type === 'tool-call') {
      const id = part.toolCallId ?? ''
      const pass = [...(this.#held.get(id) ?? []), part]
      this.#held.delete(id)
      return { pass, text }
    }
    this.#follow(part)
    return { pass: [part], text, isError: part.type === 'error' }
  }

  usage() {
    return this.#usage && { amounts: this.#usage, isFinal: true }
  }

  model(): string | undefined {
    return this.#model
  }

  ending(used: KnownUse): Parts {
    return this.#finish(used, 'length', 'tollgate: the allowance is used up')
  }

  farewell(used: KnownUse): Parts {
    return this.#finish(used, 'other', 'tollgate: the reader has left')
  }

  #finish({ inputTokens, outputTokens }: KnownUse, unified: string, raw: string): Parts {
    const ends = [...this.#open].map(([id, type]) => ({ type: `${type}-end`, id }))
    const finish = {
      type: 'finish',
      finishReason: { unified, raw },
      usage: nestedUsageOf(inputTokens, outputTokens),
    }
    return [...ends, finish]
  }

  #follow({ type, id }: StreamPart): void {
    const [kind = '', step] = type.split('-')
    if (!WRITTEN.has(kind) || id === undefined) return
    if (step === 'start') this.#open.set(id, kind)
    if (step === 'end') this.#open.delete(id)
  }

  /** A call whose input was not streamed contains it. */
  #textIn(part: StreamPart): string {
    if (part.type.endsWith('-delta')) return textOf(part.delta) ?? ''
    if (part.type === 'tool-input-start') return part.toolName ?? ''
    if (part.type !== 'tool-call' || this.#held.has(part.toolCallId ?? '')) return ''
    return (part.toolName ?? '') + (textOf(part.input) ?? '')
  }

  #release(): Parts {
    const held = [...this.#held.values()].flat()
    this.#held.clear()
    return held
  }
}
