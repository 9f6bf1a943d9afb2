import { systemTimers } from '../../facade/timers.ts'
import { currentCall } from '../../guard/current-call.ts'
import { objectOf, textOf } from '../json.ts'
import type { ModelGate, ModelMeterOptions } from '../meter-options.ts'
import { IDLE_MS, meteredStream } from '../metered-stream.ts'
import { type ModelCall, openModelCall } from '../model-call.ts'
import { requestTokens } from '../request-tokens.ts'
import { scanBy } from '../token-scan.ts'
import { aiSdkUsage } from '../usage/ai-sdk.ts'
import { PartReader, partForm } from './part-reader.ts'
import type { StreamPart } from './parts.ts'

/** The used part of a call of a language model. */
export interface LanguageModelParams {
  readonly prompt: unknown
  readonly tools?: unknown
  readonly responseFormat?: unknown
  readonly maxOutputTokens?: number | undefined
  readonly abortSignal?: AbortSignal | undefined
}

/** The used part of an AI SDK language model. */
export interface LanguageModelLike<Params, Generated, Streamed> {
  readonly provider: string
  readonly modelId: string
  doGenerate(params: Params): PromiseLike<Generated>
  doStream(params: Params): PromiseLike<Streamed>
}

/** The used part of a complete answer. */
export interface GeneratedLike {
  readonly usage?: unknown
  readonly providerMetadata?: unknown
  readonly response?: unknown
}

/** The used part of a streamed answer. */
export interface StreamedLike {
  readonly stream: ReadableStream<unknown>
}

/** A middleware for `wrapLanguageModel` of the AI SDK 6 and 7. */
export interface LanguageModelMeter {
  readonly specificationVersion: 'v3'
  readonly wrapGenerate: <
    Params extends LanguageModelParams,
    Generated extends GeneratedLike,
  >(options: {
    readonly params: Params
    readonly model: LanguageModelLike<Params, Generated, unknown>
  }) => Promise<Generated>
  readonly wrapStream: <
    Params extends LanguageModelParams,
    Streamed extends StreamedLike,
  >(options: {
    readonly params: Params
    readonly model: LanguageModelLike<Params, unknown, Streamed>
  }) => Promise<Streamed>
}

export const languageModelMeter = (
  gate: ModelGate,
  options: ModelMeterOptions,
): LanguageModelMeter => {
  const open = (
    params: LanguageModelParams,
    model: { readonly provider: string; readonly modelId: string },
    isStreamed: boolean,
  ): Promise<ModelCall> =>
    openModelCall(gate, options, {
      provider: options.provider ?? model.provider,
      model: model.modelId,
      inputTokens: requestTokens(
        [params.prompt, params.tools, params.responseFormat],
        options.countTokens,
      ),
      maxOutputTokens: params.maxOutputTokens,
      isStreamed,
    })
  return {
    specificationVersion: 'v3',
    wrapGenerate: async ({ params, model }) => {
      const call = await open(params, model, false)
      const sent = sentOf(params, call)
      const generated = await ended(call, sent, () => model.doGenerate(sent))
      const usage = aiSdkUsage(generated.usage, generated.providerMetadata)
      const answered = textOf(objectOf(generated.response)?.modelId)
      if (usage) call.used({ ...usage, ...(answered && { model: answered }) }, false)
      await call.end('success')
      return generated
    },
    wrapStream: async ({ params, model }) => {
      const call = await open(params, model, true)
      const sent = sentOf(params, call)
      const streamed = await ended(call, sent, () => model.doStream(sent))
      const metered = meteredStream({
        source: (streamed.stream as ReadableStream<StreamPart>).getReader(),
        form: partForm,
        reader: new PartReader(),
        call,
        scan: scanBy(options.countTokens),
        timers: systemTimers,
        idleMs: options.idleMs ?? IDLE_MS,
        signal: params.abortSignal,
        requestSignal: currentCall()?.signal,
      })
      return { ...streamed, stream: metered }
    },
  }
}

/**
 * Limits the output to the allowance, and aborts when the client of the current request
 * disconnects.
 */
const sentOf = <Params extends LanguageModelParams>(
  params: Params,
  { mostOutputTokens }: ModelCall,
): Params => {
  const own = currentCall()?.signal
  const signals = [params.abortSignal, own].filter((one) => one !== undefined)
  return {
    ...params,
    ...(mostOutputTokens !== undefined && { maxOutputTokens: mostOutputTokens }),
    ...(signals.length > 1 && { abortSignal: AbortSignal.any(signals) }),
    ...(signals.length === 1 && { abortSignal: signals[0] }),
  }
}

/** A retry of the SDK is a new call, so a failed call is released. */
const ended = async <Answer>(
  call: ModelCall,
  { abortSignal }: LanguageModelParams,
  ask: () => PromiseLike<Answer>,
): Promise<Answer> => {
  try {
    return await ask()
  } catch (error) {
    await call.end(abortSignal?.aborted ? 'abort' : 'error')
    throw error
  }
}
