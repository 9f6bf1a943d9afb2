import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { causeOf } from '../../storage/traceparent.ts'
import type { Send } from '../webhooks/send-webhook.ts'
import type { DeliveryOutcome, Measures } from './measures.ts'
import { inSpan, spanFailed } from './spans.ts'

/**
 * Senders, each with a span for a try and its time. The span is a trace of its own, since tries go on
 * for days, and links to the one in which the event happened.
 */
export const observedSenders = (
  measures: Measures,
  senders: ReadonlyMap<string, Send>,
): ReadonlyMap<string, Send> =>
  new Map([...senders].map(([channel, send]) => [channel, observed(measures, channel, send)]))

const observed = (measures: Measures, channel: string, send: Send): Send => {
  const name = `deliver ${channel}`
  const about = { 'messaging.system': channel, 'messaging.operation.type': 'send' }
  return (endpoint, delivery, signal) => {
    const cause = causeOf(delivery.traceparent)
    const start = {
      kind: SpanKind.PRODUCER,
      beneath: ROOT_CONTEXT,
      ...(cause && { links: [{ context: cause }] }),
      attributes: {
        ...about,
        'tollgate.event.kind': delivery.kind,
        'tollgate.delivery.attempt': delivery.attempts + 1,
      },
    }
    return inSpan(name, start, async (span) => {
      const startedMs = measures.monotonicMs()
      const outcome = await send(endpoint, delivery, signal)
      const seconds = (measures.monotonicMs() - startedMs) / 1_000
      const became = outcomeOf(outcome.status)
      measures.tell({ of: 'delivery', channel, outcome: became, seconds })
      if (outcome.status !== null) span.setAttribute('http.response.status_code', outcome.status)
      if (became !== 'delivered') spanFailed(span, String(outcome.status ?? became))
      return outcome
    })
  }
}

const outcomeOf = (status: number | null): DeliveryOutcome => {
  if (status === null) return 'unanswered'
  return status >= 200 && status < 300 ? 'delivered' : 'refused'
}
