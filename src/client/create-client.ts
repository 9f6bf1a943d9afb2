import { auditClient } from './audit-client.ts'
import { billingClient } from './billing-client.ts'
import { catalogClient } from './catalog-client.ts'
import { gateClient } from './gate-client.ts'
import { grantsClient } from './grants-client.ts'
import { insightClient } from './insight-client.ts'
import { jobsClient } from './jobs-client.ts'
import type { TollgateClient } from './remote.ts'
import { subscriptionsClient } from './subscriptions-client.ts'
import { tenancyClient } from './tenancy-client.ts'
import { createTransport } from './transport.ts'
import { usageClient } from './usage-client.ts'

export interface ClientOptions {
  /** Where Tollgate listens, such as `https://tollgate.example.com`. */
  readonly url: string
  /** An API key of an organization, or the admin key. */
  readonly key: string
  /** In place of the platform's own `fetch`. */
  readonly fetch?: typeof fetch
  /** How long an answer may take. Default 30,000. */
  readonly timeoutMs?: number
}

/**
 * Reaches an engine behind HTTP.
 *
 * @example
 * ```ts
 * const tollgate = createClient({ url: 'http://127.0.0.1:4000', key: process.env.TOLLGATE_KEY })
 * const { value } = await tollgate.track({ eventType: 'api_call' })
 * if (!value.allowed) console.log(value.reason, value.retryAfter)
 * ```
 */
export const createClient = (options: ClientOptions): TollgateClient => {
  const transport = createTransport(options)
  return {
    ...gateClient(transport),
    ...usageClient(transport),
    ...tenancyClient(transport),
    ...insightClient(transport),
    ...catalogClient(transport),
    ...auditClient(transport),
    ...billingClient(transport),
    ...subscriptionsClient(transport),
    ...grantsClient(transport),
    ...jobsClient(transport),
  }
}
