/**
 * Metering for language models of the AI SDK, 6 and 7: `tollgateMiddleware()`. Needs neither Node
 * nor the SDK.
 * @module
 */
import { type LanguageModelMeter, languageModelMeter } from './models/ai-sdk/middleware.ts'
import type { ModelGate, ModelMeterOptions } from './models/meter-options.ts'

export type {
  GeneratedLike,
  LanguageModelLike,
  LanguageModelMeter,
  LanguageModelParams,
  StreamedLike,
} from './models/ai-sdk/middleware.ts'
export * from './models/door.ts'

/**
 * Creates a middleware that meters each call of a model, including every step of an agent. When the
 * allowance runs out, a stream ends with `length`, and no tool runs on an incomplete call. If the
 * client of the current request disconnects, the model stops.
 *
 * @throws TollgateRefusal from each call that the gate refuses; it is not retried.
 * @example
 * ```ts
 * const model = wrapLanguageModel({
 *   model: openai('gpt-5-mini'),
 *   middleware: tollgateMiddleware(tollgate, { organizationId: 'acme', eventType: 'chat_message' }),
 * })
 * ```
 */
export const tollgateMiddleware = (
  tollgate: ModelGate,
  options: ModelMeterOptions,
): LanguageModelMeter => languageModelMeter(tollgate, options)
