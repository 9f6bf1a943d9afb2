/**
 * Metering for OpenAI's SDK: `meterOpenAI()`. Needs no Node, and only the SDK client that you pass.
 * @module
 */
import type { ModelGate, ModelMeterOptions } from './models/meter-options.ts'
import { openAIProtocolOf } from './models/wire/openai-paths.ts'
import { meteredClient, type SdkClient } from './models/wire/sdk-client.ts'

export * from './models/door.ts'
export type { Fetch } from './models/wire/metered-fetch.ts'
export type { SdkClient } from './models/wire/sdk-client.ts'

/**
 * Returns the same client with chat completions, responses, embeddings, images and audio metered.
 * Each attempt holds an estimate and is settled with the provider's usage. When the allowance runs
 * out, a stream ends with `length`.
 *
 * @throws TollgateRefusal from each call that the gate refuses; it is not retried.
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
