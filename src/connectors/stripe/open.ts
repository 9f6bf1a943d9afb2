import Stripe from 'stripe'
import type { Collector } from '../../contract/collector.ts'
import { chargeOnce } from './invoice-items.ts'

/** Which Stripe, and whose. */
export interface StripeOptions {
  readonly secretKey: string
  /** Another host that speaks Stripe's API, such as `http://127.0.0.1:12111`. */
  readonly apiBase?: string
  /** How long one request may take, from beginning to end. Default 20,000. */
  readonly timeoutMs?: number
}

/** What is asked for and answered is of this version, whatever the account is set to. */
const API_VERSION = '2026-10-28.endive'
const TIMEOUT_MS = 20_000

/** Collects charges as invoice items at Stripe, by the official SDK. */
export const openStripe = (options: StripeOptions): Collector => {
  const { secretKey, apiBase, timeoutMs = TIMEOUT_MS } = options
  const stripe = new Stripe(secretKey, {
    apiVersion: API_VERSION,
    ...(apiBase !== undefined && addressOf(apiBase)),
    timeout: timeoutMs,
    // A request is never repeated before it was looked up what the first one did.
    maxNetworkRetries: 0,
    // By fetch: one time for the whole of a request, and the SDK sends it once. One of its client for
    // Node it sends again when the connection is reset, though Stripe may have done it by then.
    httpClient: Stripe.createFetchHttpClient(),
    telemetry: false,
    appInfo: { name: 'tollgate' },
  })
  return {
    charge: (customerId, charges, withinMs) =>
      chargeOnce({ stripe, timeoutMs, withinMs }, customerId, charges),
  }
}

const addressOf = (apiBase: string) => {
  const { protocol, hostname, port } = new URL(apiBase)
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw new RangeError('the address of Stripe begins with https:// or http://')
  }
  const isPlain = protocol === 'http:'
  return {
    protocol: isPlain ? ('http' as const) : ('https' as const),
    host: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : Number(port),
  }
}
