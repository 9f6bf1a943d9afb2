import { systemTimers } from '../../facade/timers.ts'
import { currentCall } from '../../guard/current-call.ts'
import { countOf, objectOf, objectsOf, textOf } from '../json.ts'
import type { ModelGate, ModelMeterOptions } from '../meter-options.ts'
import { IDLE_MS, meteredStream } from '../metered-stream.ts'
import { type ModelCall, openModelCall } from '../model-call.ts'
import { requestTokens } from '../request-tokens.ts'
import { sourceOf } from '../stream-reader.ts'
import { scanBy } from '../token-scan.ts'
import { langChainUsage } from '../usage/langchain.ts'
import { type ChunkLike, ChunkReader, chunkForm } from './chunk-reader.ts'

/** The used part of a LangChain chat model. */
export interface ChatModelLike {
  invoke(input: never, options?: never): Promise<unknown>
  _llmType(): string
}

/** The methods that every chat model has and that are replaced here. */
interface ChatModel {
  _generate(messages: unknown, options: Options, manager?: unknown): Promise<object>
  _streamResponseChunks(
    messages: unknown,
    options: Options,
    manager?: RunManager,
  ): AsyncGenerator<ChunkLike>
  _streamChatModelEvents?(...given: unknown[]): unknown
  withConfig?(config: unknown): unknown
  getLsParams?(options: object): unknown
  readonly model?: unknown
  readonly modelName?: unknown
  readonly maxTokens?: unknown
  readonly thinking?: unknown
  readonly defaultOptions?: unknown
  readonly completions?: unknown
  readonly responses?: unknown
}

interface Options {
  readonly signal?: AbortSignal | undefined
  readonly tools?: unknown
}

interface RunManager {
  handleLLMNewToken(
    token: string,
    at: { prompt: number; completion: number },
    runId: undefined,
    parentRunId: undefined,
    tags: undefined,
    fields: { chunk: ChunkLike },
  ): Promise<unknown>
}

/**
 * Returns the same model with each call metered. The new object inherits from the given one, which
 * is not changed. Models derived from it (`bindTools`, `withConfig`, `withStructuredOutput`) are
 * metered too.
 */
export const meteredChatModel = <Model extends object>(
  given: Model,
  gate: ModelGate,
  options: ModelMeterOptions,
): Model => {
  const model = given as unknown as ChatModel
  const meter = new ChatModelMeter(model, gate, options)
  const streams = firstOf(model, '_streamResponseChunks')
  const own: PropertyDescriptorMap = {
    _generate: { value: meter.generate },
    withConfig: {
      value(config: unknown) {
        const made = model.withConfig?.call(this, config)
        const isModel = objectOf(made) && '_generate' in (made as object) && made !== this
        return isModel ? meteredChatModel(made as object, gate, options) : made
      },
    },
  }
  // A model without streaming inherits LangChain's own method.
  if (model._streamResponseChunks !== streams) {
    own._streamResponseChunks = { value: meter.stream }
    // LangChain's own method builds events from the chunks. A model's own would bypass the
    // metering.
    const events = firstOf(model, '_streamChatModelEvents')
    if (events) own._streamChatModelEvents = { value: events }
  }
  return Object.create(given, own) as Model
}

/** Returns a method of the base class that all models extend. */
const firstOf = (model: object, name: string): unknown => {
  let found: unknown
  for (let at: unknown = model; at; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at as object, name)) found = (at as Record<string, unknown>)[name]
  }
  return found
}

class ChatModelMeter {
  readonly #model: ChatModel
  readonly #gate: ModelGate
  readonly #options: ModelMeterOptions

  constructor(model: ChatModel, gate: ModelGate, options: ModelMeterOptions) {
    this.#model = model
    this.#gate = gate
    this.#options = options
  }

  readonly generate = async (
    messages: unknown,
    options: Options,
    manager?: unknown,
  ): Promise<object> => {
    const call = await this.#open(messages, options, false)
    const sent = withSignal(options)
    try {
      const result = await this.#limited(call)._generate(messages, sent, manager)
      const generations = objectsOf(objectOf(result)?.generations)
      const usage = generations.flatMap(({ message }) => langChainUsage(message) ?? [])[0]
      if (usage) call.used(usage, false)
      await call.end('success')
      return result
    } catch (error) {
      await call.end(sent.signal?.aborted ? 'abort' : 'error')
      throw error
    }
  }

  readonly stream = (
    messages: unknown,
    options: Options,
    manager?: RunManager,
  ): AsyncGenerator<ChunkLike> => this.#chunks(messages, options, manager)

  async *#chunks(
    messages: unknown,
    options: Options,
    manager: RunManager | undefined,
  ): AsyncGenerator<ChunkLike> {
    const call = await this.#open(messages, options, true)
    const reader = new ChunkReader()
    // Callbacks receive a chunk when the reader does, and nothing that is cut off.
    const chunks = this.#limited(call)._streamResponseChunks(messages, withSignal(options))
    const metered = meteredStream({
      source: sourceOf(chunks),
      form: chunkForm(reader),
      reader,
      call,
      scan: scanBy(this.#options.countTokens),
      timers: systemTimers,
      idleMs: this.#options.idleMs ?? IDLE_MS,
      signal: options.signal,
      requestSignal: currentCall()?.signal,
    }).getReader()
    try {
      for (;;) {
        const { done, value } = await metered.read()
        if (done) return
        const at = { prompt: 0, completion: 0 }
        const nobody = undefined
        await manager?.handleLLMNewToken(value.text ?? '', at, nobody, nobody, nobody, {
          chunk: value,
        })
        yield value
      }
    } finally {
      await metered.cancel().catch(() => {})
    }
  }

  #open(messages: unknown, options: Options, isStreamed: boolean): Promise<ModelCall> {
    const model = this.#model
    const told = objectOf(model.getLsParams?.(options)) ?? {}
    const asked = objectsOf(messages).map(({ content, tool_calls }) => ({
      role: '',
      content,
      tool_calls,
    }))
    const tools = options.tools ?? objectOf(model.defaultOptions)?.tools
    const most = countOf(model.maxTokens)
    return openModelCall(this.#gate, this.#options, {
      provider: this.#options.provider ?? textOf(told.ls_provider) ?? 'unknown',
      model: textOf(model.model) ?? textOf(model.modelName) ?? 'unknown',
      inputTokens: requestTokens([asked, tools], this.#options.countTokens),
      maxOutputTokens: most === 0 ? undefined : most,
      isStreamed,
    })
  }

  /** The model with its output limited to the allowance, through its own field. */
  #limited({ mostOutputTokens: most }: ModelCall): ChatModel {
    const model = this.#model
    const thinking = countOf(objectOf(model.thinking)?.budget_tokens) ?? 0
    if (most === undefined || most === model.maxTokens || most <= thinking) return model
    if (!('maxTokens' in model)) return model
    const limit = { maxTokens: { value: most } }
    const inner = (one: unknown) =>
      typeof one === 'object' && one !== null ? { value: Object.create(one, limit) } : undefined
    // OpenAI's chat model contains two models.
    const completions = inner(model.completions)
    const responses = inner(model.responses)
    return Object.create(model, {
      ...limit,
      ...(completions && { completions }),
      ...(responses && { responses }),
    }) as ChatModel
  }
}

const withSignal = (options: Options): Options => {
  const own = currentCall()?.signal
  const signals = [options.signal, own].filter((one) => one !== undefined)
  return signals.length === 0 ? options : { ...options, signal: AbortSignal.any(signals) }
}
