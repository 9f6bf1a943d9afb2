import { countOf, type Json, objectOf, textOf } from '../json.ts'
import type { ModelUsage } from '../usage/amounts.ts'
import { anthropicAnswer, anthropicUsage } from '../usage/anthropic.ts'
import type { WireProtocol, WireReader } from './protocol.ts'
import { type SseEvent, sseTyped } from './sse.ts'

/** `POST /v1/messages`. */
const anthropicMessages: WireProtocol = {
  input: (body) => [body.system, body.messages, body.tools],
  maxOutputTokens: (body) => countOf(body.max_tokens),
  sent: (body, most) =>
    most === undefined || most <= thinkingOf(body) ? body : { ...body, max_tokens: most },
  answer: anthropicAnswer,
  stream: () => new MessagesReader(),
}

/** The protocol of an Anthropic path; `undefined` for token counting, batches and others. */
export const anthropicProtocolOf = (path: string): WireProtocol | undefined =>
  /\/messages$/.test(path) ? anthropicMessages : undefined

/** The provider refuses a request whose token limit is not above its thinking budget. */
const thinkingOf = (body: Json): number => countOf(objectOf(body.thinking)?.budget_tokens) ?? 0

interface Block {
  /** Set while the block is held back, because half a tool call looks like one without input. */
  held: string | undefined
  isOpen: boolean
}

class MessagesReader implements WireReader {
  readonly #blocks = new Map<number, Block>()
  #usage: Json = {}
  #model: string | undefined
  #isFinal = false

  take({ raw, json }: SseEvent) {
    switch (textOf(json?.type)) {
      case 'message_start':
        return this.#begin(raw, objectOf(json?.message) ?? {})
      case 'content_block_start':
        return this.#open(raw, json ?? {})
      case 'content_block_delta':
        return this.#write(raw, json ?? {})
      case 'content_block_stop':
        return this.#close(raw, json ?? {})
      case 'message_delta':
        // The counts are totals for the whole message, and some may be absent.
        this.#usage = { ...this.#usage, ...told(objectOf(json?.usage)) }
        this.#isFinal ||= objectOf(json?.usage) !== undefined
        return { pass: raw, text: '' }
      case 'message_stop':
        return { pass: raw, text: '', isLast: true }
      case 'error':
        return { pass: raw, text: '', isError: true }
      default:
        return { pass: raw, text: '' }
    }
  }

  usage() {
    const amounts: ModelUsage | undefined = anthropicUsage(this.#usage)
    return amounts && { amounts, isFinal: this.#isFinal }
  }

  model(): string | undefined {
    return this.#model
  }

  ending({ outputTokens }: { readonly outputTokens: number }): string {
    const open = [...this.#blocks].filter(([, { isOpen, held }]) => isOpen && held === undefined)
    return [
      ...open.map(([index]) => sseTyped({ type: 'content_block_stop', index })),
      sseTyped({
        type: 'message_delta',
        delta: { stop_reason: 'max_tokens', stop_sequence: null },
        usage: { output_tokens: Math.max(1, outputTokens) },
      }),
      sseTyped({ type: 'message_stop' }),
    ].join('')
  }

  #begin(pass: string, message: Json) {
    this.#usage = objectOf(message.usage) ?? {}
    this.#model = textOf(message.model)
    return { pass, text: '' }
  }

  #open(raw: string, json: Json) {
    const index = countOf(json.index) ?? 0
    const block = objectOf(json.content_block) ?? {}
    const isCall = textOf(block.type)?.endsWith('tool_use') === true
    this.#blocks.set(index, { isOpen: true, held: isCall ? raw : undefined })
    return {
      pass: isCall ? '' : raw,
      text: (textOf(block.name) ?? '') + (textOf(block.text) ?? ''),
    }
  }

  #write(raw: string, json: Json) {
    const delta = objectOf(json.delta) ?? {}
    const text = [delta.text, delta.thinking, delta.partial_json]
      .filter((piece) => typeof piece === 'string')
      .join('')
    const block = this.#blocks.get(countOf(json.index) ?? 0)
    if (block?.held === undefined) return { pass: raw, text }
    block.held += raw
    return { pass: '', text }
  }

  #close(raw: string, json: Json) {
    const block = this.#blocks.get(countOf(json.index) ?? 0)
    const pass = (block?.held ?? '') + raw
    if (block) {
      block.isOpen = false
      block.held = undefined
    }
    return { pass, text: '' }
  }
}

/** Drops fields that are absent. */
const told = (usage: Json | undefined): Json =>
  Object.fromEntries(Object.entries(usage ?? {}).filter(([, value]) => value != null))
