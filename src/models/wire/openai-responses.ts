import { countOf, type Json, objectOf, textOf } from '../json.ts'
import { openAIResponsesAnswer } from '../usage/openai.ts'
import type { WireProtocol, WireReader } from './protocol.ts'
import { type SseEvent, sseTyped } from './sse.ts'

/** The least output limit that OpenAI accepts for a response. */
const LEAST_OUTPUT_TOKENS = 16

/** `POST /responses`. */
export const openAIResponses: WireProtocol = {
  input: (body) => [body.input, body.instructions, body.prompt, body.tools, body.text],
  maxOutputTokens: (body) => countOf(body.max_output_tokens),
  sent: (body, most) =>
    most === undefined ? body : { ...body, max_output_tokens: Math.max(LEAST_OUTPUT_TOKENS, most) },
  answer: openAIResponsesAnswer,
  stream: () => new ResponsesReader(),
}

interface Part {
  readonly index: number
  /** The event type of its pieces, without `.delta`. */
  readonly kind: string
  readonly of: Json
  text: string
}

interface Item {
  readonly item: Json
  readonly outputIndex: number
  readonly parts: Map<string, Part>
  /** Set while the item is held back, because a tool call is acted on as soon as it is visible. */
  held: string | undefined
  done: Json | undefined
}

const LAST = new Set(['response.completed', 'response.incomplete', 'response.failed'])
/** Items that do not make anybody run something. */
const SHOWN = new Set(['message', 'reasoning'])

class ResponsesReader implements WireReader {
  readonly #items = new Map<number, Item>()
  #response: Json | undefined
  #usage: ReturnType<typeof openAIResponsesAnswer>
  #sequence = 0

  take({ raw, json }: SseEvent) {
    const type = textOf(json?.type)
    if (!json || !type) return { pass: raw, text: '' }
    this.#sequence = countOf(json.sequence_number) ?? this.#sequence
    this.#response = objectOf(json.response) ?? this.#response
    if (LAST.has(type)) {
      this.#usage = openAIResponsesAnswer(objectOf(json.response) ?? {})
      const isError = type === 'response.failed'
      return { pass: this.#release() + raw, text: '', isLast: true, isError }
    }
    if (type === 'error') return { pass: raw, text: '', isError: true }
    const item = this.#itemOf(type, json)
    if (!item) return { pass: raw, text: '' }
    const text = type.endsWith('.delta') ? (textOf(json.delta) ?? '') : ''
    this.#follow(item, type, json, text)
    if (item.held === undefined) return { pass: raw, text }
    item.held += raw
    if (type !== 'response.output_item.done') return { pass: '', text }
    const pass = item.held
    item.held = undefined
    return { pass, text }
  }

  usage() {
    return this.#usage && { amounts: this.#usage, isFinal: true }
  }

  model(): string | undefined {
    return textOf(this.#response?.model)
  }

  ending({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): string {
    const shown = [...this.#items.values()].filter(({ held }) => held === undefined)
    const events = shown.filter(({ done }) => !done).flatMap((item) => this.#closing(item))
    const usage = {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    }
    const response = {
      ...this.#response,
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: shown.map(({ done }) => done),
      usage,
    }
    return [...events, this.#event('response.incomplete', { response })].join('')
  }

  #itemOf(type: string, json: Json): Item | undefined {
    const outputIndex = countOf(json.output_index)
    if (outputIndex === undefined) return undefined
    const known = this.#items.get(outputIndex)
    if (known) return known
    const item = objectOf(json.item)
    if (type !== 'response.output_item.added' || !item) return undefined
    const held = SHOWN.has(textOf(item.type) ?? '') ? undefined : ''
    const added = { item, outputIndex, parts: new Map(), held, done: undefined }
    this.#items.set(outputIndex, added)
    return added
  }

  #follow(item: Item, type: string, json: Json, text: string): void {
    if (type === 'response.output_item.done') item.done = objectOf(json.item)
    const isSummary = json.summary_index !== undefined
    const index = countOf(json.content_index) ?? countOf(json.summary_index)
    if (index === undefined) return
    const key = `${isSummary ? 'summary' : 'content'}-${index}`
    if (type.endsWith('_part.added')) {
      item.parts.set(key, { index, kind: '', of: objectOf(json.part) ?? {}, text: '' })
    }
    if (!type.endsWith('.delta')) return
    const kind = type.slice(0, -'.delta'.length)
    const part = item.parts.get(key) ?? { index, kind, of: {}, text: '' }
    item.parts.set(key, { ...part, kind, text: part.text + text })
  }

  /** Builds the events that close an unfinished item. */
  #closing(item: Item): string[] {
    const itemId = textOf(item.item.id)
    const place = { item_id: itemId, output_index: item.outputIndex }
    const content: Json[] = []
    const summary: Json[] = []
    const events: string[] = []
    for (const [key, { index, kind, of, text }] of item.parts) {
      const isSummary = key.startsWith('summary')
      const part = {
        type: isSummary ? 'summary_text' : 'output_text',
        ...of,
        ...textField(of, text),
      }
      const at = { ...place, [isSummary ? 'summary_index' : 'content_index']: index }
      if (kind !== '') {
        const logprobs = kind === 'response.output_text' ? { logprobs: [] } : {}
        events.push(this.#event(`${kind}.done`, { ...at, ...textField(of, text), ...logprobs }))
      }
      const partKind = isSummary ? 'reasoning_summary_part' : 'content_part'
      events.push(this.#event(`response.${partKind}.done`, { ...at, part }))
      ;(isSummary ? summary : content).push(part)
    }
    item.done = {
      ...item.item,
      status: 'incomplete',
      ...(item.item.type === 'reasoning' ? { summary } : { content }),
    }
    const { outputIndex } = item
    const done = { output_index: outputIndex, item: item.done }
    return [...events, this.#event('response.output_item.done', done)]
  }

  #event(type: string, fields: Json): string {
    this.#sequence += 1
    return sseTyped({ type, sequence_number: this.#sequence, ...fields })
  }

  #release(): string {
    const held = [...this.#items.values()].map((item) => item.held ?? '').join('')
    for (const item of this.#items.values()) item.held = undefined
    return held
  }
}

const textField = (part: Json, text: string): Json =>
  part.type === 'refusal' ? { refusal: text } : { text }
