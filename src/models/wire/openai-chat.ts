import { countOf, type Json, objectOf, objectsOf, textOf } from '../json.ts'
import { openAIChatAnswer } from '../usage/openai.ts'
import type { WireProtocol, WireReader } from './protocol.ts'
import { type SseEvent, sseData } from './sse.ts'

/** `POST /chat/completions`, and the older `/completions`. */
export const openAIChat: WireProtocol = {
  input: (body) => [body.messages, body.prompt, body.tools, body.functions, body.response_format],
  maxOutputTokens: (body) => {
    const most = countOf(body.max_completion_tokens) ?? countOf(body.max_tokens)
    return most === undefined ? undefined : most * choicesOf(body)
  },
  sent: (body, most, host) => ({ ...body, ...usageAsked(body), ...mostSent(body, most, host) }),
  answer: openAIChatAnswer,
  stream: (body) => new ChatReader(isUsageWanted(body)),
}

const choicesOf = (body: Json): number => Math.max(1, countOf(body.n) ?? 1)

const isUsageWanted = (body: Json): boolean => objectOf(body.stream_options)?.include_usage === true

const usageAsked = (body: Json): Json =>
  body.stream === true
    ? { stream_options: { ...objectOf(body.stream_options), include_usage: true } }
    : {}

/**
 * Sets the limit in the caller's own field, or else in the field that the host is known to support.
 */
const mostSent = (body: Json, most: number | undefined, host: string): Json => {
  if (most === undefined) return {}
  const each = Math.max(1, Math.floor(most / choicesOf(body)))
  if (countOf(body.max_completion_tokens) !== undefined) return { max_completion_tokens: each }
  if (countOf(body.max_tokens) !== undefined) return { max_tokens: each }
  const isLegacy = body.messages === undefined
  const isOpenAI = /(^|\.)(openai\.com|openai\.azure\.com)$/.test(host)
  return isOpenAI && !isLegacy ? { max_completion_tokens: each } : { max_tokens: each }
}

interface Choice {
  /** True once something of the choice was passed on. */
  isBegun: boolean
  isFinished: boolean
  /** Events with parts of an incomplete tool call. */
  held: string
  /** The index of that tool call. */
  call: number | undefined
}

class ChatReader implements WireReader {
  readonly #isUsageWanted: boolean
  readonly #choices = new Map<number, Choice>()
  #first: Json | undefined
  #usage: ReturnType<typeof openAIChatAnswer>

  constructor(isUsageWanted: boolean) {
    this.#isUsageWanted = isUsageWanted
  }

  take({ raw, json, isDone }: SseEvent) {
    if (isDone) return { pass: this.#release() + raw, text: '', isLast: true }
    if (!json) return { pass: raw, text: '' }
    if (json.error) return { pass: raw, text: '', isError: true }
    this.#first ??= json
    this.#usage = openAIChatAnswer(json) ?? this.#usage
    const choices = objectsOf(json.choices)
    if (choices.length === 0 && objectOf(json.usage) && !this.#isUsageWanted) {
      return { pass: '', text: '' }
    }
    let text = ''
    let pass = ''
    let isHeld = false
    for (const one of choices) {
      const choice = this.#choiceOf(countOf(one.index) ?? 0)
      const delta = objectOf(one.delta) ?? {}
      text += textIn(delta) + (textOf(one.text) ?? '')
      const call = callIn(delta)
      // Another call, other text or the end shows that the previous call is complete.
      const isEnd = typeof one.finish_reason === 'string'
      const isWhole = isEnd || (call === undefined ? Boolean(delta.content) : call !== choice.call)
      if (isWhole) {
        if (choice.held !== '') choice.isBegun = true
        pass += choice.held
        choice.held = ''
        choice.call = call
      }
      choice.isBegun ||= isEnd || call === undefined
      if (isEnd) choice.isFinished = true
      else if (call !== undefined) {
        choice.held += raw
        isHeld = true
      }
    }
    return { pass: isHeld ? pass : pass + raw, text }
  }

  usage() {
    return this.#usage && { amounts: this.#usage, isFinal: true }
  }

  model(): string | undefined {
    return textOf(this.#first?.model)
  }

  ending({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }): string {
    const { id, created, model } = this.#first ?? {}
    const chunk = { id, object: 'chat.completion.chunk', created, model }
    const open = [...this.#choices].filter(([, { isFinished }]) => !isFinished)
    const endings = (open.length === 0 ? [[0] as const] : open).map(([index, choice]) => {
      const delta = choice?.isBegun ? {} : { role: 'assistant', content: '' }
      return sseData({ ...chunk, choices: [{ index, delta, finish_reason: 'length' }] })
    })
    const usage = {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    }
    if (this.#isUsageWanted) endings.push(sseData({ ...chunk, choices: [], usage }))
    return `${endings.join('')}data: [DONE]\n\n`
  }

  #choiceOf(index: number): Choice {
    const known = this.#choices.get(index)
    if (known) return known
    const choice = { isBegun: false, isFinished: false, held: '', call: undefined }
    this.#choices.set(index, choice)
    return choice
  }

  #release(): string {
    const held = [...this.#choices.values()].map((choice) => choice.held).join('')
    for (const choice of this.#choices.values()) choice.held = ''
    return held
  }
}

/** Everything the model wrote: its answer, its thoughts, and the arguments of calls. */
const textIn = (delta: Json): string => {
  const calls = objectsOf(delta.tool_calls).map((one) => objectOf(one.function) ?? one.custom)
  const written = [...calls, delta.function_call].map(objectOf)
  return [
    ...[delta.content, delta.refusal, delta.reasoning_content, delta.reasoning],
    ...written.flatMap((one) => [one?.name, one?.arguments, one?.input]),
  ]
    .filter((piece) => typeof piece === 'string')
    .join('')
}

const callIn = (delta: Json): number | undefined => {
  const [call] = objectsOf(delta.tool_calls)
  if (call) return countOf(call.index) ?? 0
  return objectOf(delta.function_call) ? 0 : undefined
}
