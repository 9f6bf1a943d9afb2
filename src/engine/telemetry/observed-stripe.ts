import { SpanKind } from '@opentelemetry/api'
import type { StripeAccount } from '../../contract/stripe-account.ts'
import type { Measures } from './measures.ts'
import { inSpan } from './spans.ts'

/** Calls of Stripe with a single answer. Lists that are read page by page are not included. */
const ASKS = [
  ...(['charge', 'makeCustomer', 'meter', 'topUp'] as const),
  ...(['customer', 'subscription', 'invoice', 'invoiceStatus', 'invoicesOf'] as const),
  ...(['dispute'] as const),
  ...(['meterErrors', 'item', 'metered'] as const),
] as const

type Ask = (...args: never[]) => Promise<unknown>

/** The same account, with a span and a duration for each call. */
export const observedStripe = (account: StripeAccount, measures: Measures): StripeAccount => {
  const observed = (call: (typeof ASKS)[number]): Ask => {
    const start = {
      kind: SpanKind.CLIENT,
      attributes: { 'peer.service': 'stripe', 'rpc.method': call },
    }
    const ask = account[call] as Ask
    return (...args) =>
      inSpan(`stripe ${call}`, start, async () => {
        const startedMs = measures.monotonicMs()
        const tell = (outcome: 'ok' | 'failed'): void => {
          const seconds = (measures.monotonicMs() - startedMs) / 1_000
          measures.tell({ of: 'stripe', call, outcome, seconds })
        }
        try {
          const answer = await ask(...args)
          tell(didFail(answer) ? 'failed' : 'ok')
          return answer
        } catch (error) {
          tell('failed')
          throw error
        }
      })
  }
  return { ...account, ...Object.fromEntries(ASKS.map((call) => [call, observed(call)])) }
}

/**
 * A batch's answer says for each entry whether it was made, so a failed entry is not thrown as an
 * error.
 */
const didFail = (answer: unknown): boolean => {
  const outcomes: unknown[] = Array.isArray(answer) ? answer : [answer]
  return outcomes.some(
    (one) =>
      typeof one === 'object' &&
      one !== null &&
      'kind' in one &&
      (one.kind === 'refused' || one.kind === 'unknown'),
  )
}
