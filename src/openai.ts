/**
 * OpenAI's SDK with its calls metered: `meterOpenAI()`. Needs nothing of Node, and of the SDK only
 * the client that it is given.
 * @module
 */
import type { ModelGate, ModelMeterOptions } from './models/meter-options.ts'
import { openAIProtocolOf } from './models/wire/openai-paths.ts'
import { meteredClient, type SdkClient } from './models/wire/sdk-client.ts'

export * from './models/door.ts'
export type { Fetch } from './models/wire/metered-fetch.ts'
export type { SdkClient } from './models/wire/sdk-client.ts'

/**
 * The same client with chat completions, responses, embeddings, images and audio metered: each
 * attempt holds an estimate, and is settled by what the provider says. Streams end by `length` when
 * the allowance does.
 *
 * @throws TollgateRefusal from each call that the gate says no to; it is not sent again.
 * @example
 * ```ts
 * const openai = meterOpenAI(new OpenAI(), tollgate, {
 *   organizationId: 'acme',
 *   eventType: 'chat_message',
 * })
 * ```
 */
export const meterOpenAI = <Client extends SdkClient>(
  client: Client,
  tollgate: ModelGate,
  options: ModelMeterOptions,
): Client =>
  meteredClient(client, {
    gate: tollgate,
    options,
    provider: 'openai',
    protocolOf: openAIProtocolOf,
  })
