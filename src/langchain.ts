/**
 * Chat models of LangChain with their calls metered: `meterChatModel()`. Needs nothing of Node, and
 * of LangChain only the model that it is given.
 * @module
 */
import { type ChatModelLike, meteredChatModel } from './models/langchain/chat-model.ts'
import type { ModelGate, ModelMeterOptions } from './models/meter-options.ts'

export * from './models/door.ts'
export type { ChatModelLike } from './models/langchain/chat-model.ts'

/**
 * The same chat model with each call metered: of an agent or a graph, each step. What is made of it
 * by `bindTools`, `withConfig` and `withStructuredOutput` is metered as well. A stream ends by its
 * provider's own reason when the allowance does, and gives no half of a call of a tool.
 *
 * @throws TollgateRefusal from each call that the gate says no to.
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
