/**
 * Language models of the AI SDK, 6 and 7, with their calls metered: `tollgateMiddleware()`. Needs
 * nothing of Node or of the SDK.
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
 * A middleware that meters each call of a model: of an agent, each step. A stream ends by `length`
 * when the allowance does, and no tool runs on half a call. Whoever waits for the request that is
 * being served stops the model by leaving.
 *
 * @throws TollgateRefusal from each call that the gate says no to; it is not sent again.
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
