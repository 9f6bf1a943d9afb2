import { SpanKind } from '@opentelemetry/api'
import type { StripeAccount } from '../../contract/stripe-account.ts'
import type { Measures } from './measures.ts'
import { inSpan } from './spans.ts'

/** What asks Stripe and answers once. A list that is read page by page is not among them. */
const ASKS = [
  ...(['charge', 'makeCustomer', 'meter', 'topUp'] as const),
  ...(['customer', 'subscription', 'invoice', 'invoiceStatus', 'invoicesOf'] as const),
  ...(['meterErrors', 'item', 'metered'] as const),
] as const

type Ask = (...args: never[]) => Promise<unknown>

/** The same account, with a span and a time for each thing that it is asked. */
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

/** What was to be made says of each whether it was; what failed there is no error here. */
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
