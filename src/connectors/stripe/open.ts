import Stripe from 'stripe'
import type { StripeAccount } from '../../contract/stripe-account.ts'
import { makeCustomerOnce } from './customers.ts'
import { disputeState } from './disputes.ts'
import { chargeOnce } from './invoice-items.ts'
import { meteredBy, meterOnce } from './meter-events.ts'
import { invoicesOf } from './money.ts'
import { readNotice } from './notices.ts'
import {
  customerState,
  invoiceState,
  invoiceStatus,
  itemPages,
  itemState,
  meterErrors,
  subscriptionState,
} from './present-state.ts'
import { topUpOnce } from './top-ups.ts'

/** The Stripe account to use. */
export interface StripeOptions {
  readonly secretKey: string
  /** The signing secrets of Stripe's events (`whsec_…`); several while one replaces another. */
  readonly webhookSecret?: string | readonly string[]
  /** Another host that implements Stripe's API, such as `http://127.0.0.1:12111`. */
  readonly apiBase?: string
  /** The time limit for one whole request. Default 20,000. */
  readonly timeoutMs?: number
}

/** Requests and answers use this version, whatever the account's default is. */
const API_VERSION = '2026-10-28.endive'
const TIMEOUT_MS = 20_000

/** Collects at Stripe and reads its state, over the official SDK. */
export const openStripe = (options: StripeOptions, now: () => Date): StripeAccount => {
  const { secretKey, apiBase, webhookSecret = [], timeoutMs = TIMEOUT_MS } = options
  const secrets = typeof webhookSecret === 'string' ? [webhookSecret] : webhookSecret
  const stripe = new Stripe(secretKey, {
    apiVersion: API_VERSION,
    ...(apiBase !== undefined && addressOf(apiBase)),
    timeout: timeoutMs,
    // No retries by the SDK: before a retry, we look up what the first request did.
    maxNetworkRetries: 0,
    // With fetch, one time limit covers the whole request, and the SDK sends it once. With its Node
    // client, the SDK resends after a connection reset, though Stripe may have executed the first.
    httpClient: Stripe.createFetchHttpClient(),
    telemetry: false,
    appInfo: { name: 'tollgate' },
  })
  const asking = (withinMs: number) => ({ stripe, timeoutMs, withinMs })
  return {
    charge: (customerId, charges, withinMs) => chargeOnce(asking(withinMs), customerId, charges),
    makeCustomer: (customer, withinMs) => makeCustomerOnce(asking(withinMs), customer),
    meter: (customerId, uses, withinMs) =>
      meterOnce(asking(withinMs), customerId, uses, now().getTime()),
    topUp: (customerId, order, withinMs) => topUpOnce(asking(withinMs), customerId, order),
    takesNotices: secrets.length > 0,
    notice: (body, signature, at) => readNotice(stripe, secrets, { body, signature, at }),
    customer: (id) => customerState(stripe, id),
    subscription: (id) => subscriptionState(stripe, id),
    invoice: (id) => invoiceState(stripe, id),
    invoiceStatus: (id) => invoiceStatus(stripe, id),
    dispute: (id) => disputeState(stripe, id),
    invoicesOf: (what, id) => invoicesOf(stripe, what, id),
    meterErrors: (eventId) => meterErrors(stripe, eventId),
    item: (id) => itemState(stripe, id),
    items: (customerId, from) => itemPages(stripe, customerId, from),
    metered: (customerId, eventName, stretch) =>
      meteredBy(stripe, customerId, { eventName, ...stretch }),
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
