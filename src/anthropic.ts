/**
 * Anthropic's SDK with its calls metered: `meterAnthropic()`. Needs nothing of Node, and of the SDK
 * only the client that it is given.
 * @module
 */
import type { ModelGate, ModelMeterOptions } from './models/meter-options.ts'
import { anthropicProtocolOf } from './models/wire/anthropic-messages.ts'
import { meteredClient, type SdkClient } from './models/wire/sdk-client.ts'

export * from './models/door.ts'
export type { Fetch } from './models/wire/metered-fetch.ts'
export type { SdkClient } from './models/wire/sdk-client.ts'

/**
 * The same client with its messages metered: each attempt holds an estimate, and is settled by what
 * the provider says. Streams end by `max_tokens` when the allowance does.
 *
 * @throws TollgateRefusal from each call that the gate says no to; it is not sent again.
 * @example
 * ```ts
 * const claude = meterAnthropic(new Anthropic(), tollgate, {
 *   organizationId: 'acme',
 *   eventType: 'chat_message',
 * })
 * ```
 */
export const meterAnthropic = <Client extends SdkClient>(
  client: Client,
  tollgate: ModelGate,
  options: ModelMeterOptions,
): Client =>
  meteredClient(client, {
    gate: tollgate,
    options,
    provider: 'anthropic',
    protocolOf: anthropicProtocolOf,
  })
