/**
 * Metering for LangChain chat models: `meterChatModel()`. Needs no Node, and of LangChain only the
 * model that you pass.
 * @module
 */
import { type ChatModelLike, meteredChatModel } from './models/langchain/chat-model.ts'
import type { ModelGate, ModelMeterOptions } from './models/meter-options.ts'

export * from './models/door.ts'
export type { ChatModelLike } from './models/langchain/chat-model.ts'

/**
 * Returns the same chat model with each call metered, including every step of an agent or a graph.
 * Models derived by `bindTools`, `withConfig` and `withStructuredOutput` are metered too. When the
 * allowance runs out, a stream ends with the provider's own reason and contains no incomplete tool
 * call.
 *
 * @throws TollgateRefusal from each call that the gate refuses.
 * @example
 * ```ts
 * const model = meterChatModel(new ChatOpenAI({ model: 'gpt-5-mini' }), tollgate, {
 *   organizationId: 'acme',
 *   eventType: 'chat_message',
 * })
 * ```
 */
export const meterChatModel = <Model extends ChatModelLike>(
  model: Model,
  tollgate: ModelGate,
  options: ModelMeterOptions,
): Model => meteredChatModel(model, tollgate, options)
