import { type Link, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { causeOf } from '../../storage/traceparent.ts'
import type { MessageSender } from '../channels/serve-channel.ts'
import type { Send } from '../webhooks/send-webhook.ts'
import type { DeliveryOutcome, Measures } from './measures.ts'
import { inSpan, spanFailed } from './spans.ts'

/** Sends to endpoints. Each try has a span that links to the trace of the event. */
export const observedSend =
  (measures: Measures, send: Send): Send =>
  (endpoint, delivery, signal) => {
    const cause = causeOf(delivery.traceparent)
    const attempt = delivery.attempts + 1
    const attributes = {
      'tollgate.event.kind': delivery.kind,
      'tollgate.delivery.attempt': attempt,
    }
    const about = { channel: 'webhook', links: cause ? [{ context: cause }] : [], attributes }
    return observedTry(measures, about, () => send(endpoint, delivery, signal))
  }

/** Sends messages, each of several events. Each try has a span. */
export const observedMessages = (
  measures: Measures,
  channel: string,
  { send, paceMs }: MessageSender,
): MessageSender => ({
  paceMs,
  send: (to, message, signal) =>
    observedTry(measures, { channel, links: [], attributes: {} }, () => send(to, message, signal)),
})

interface About {
  readonly channel: string
  readonly links: Link[]
  readonly attributes: Readonly<Record<string, string | number>>
}

/** Each try is a trace of its own, since tries go on for days. */
const observedTry = <Outcome extends { readonly status: number | null }>(
  measures: Measures,
  { channel, links, attributes }: About,
  attempt: () => Promise<Outcome>,
): Promise<Outcome> => {
  const about = { 'messaging.system': channel, 'messaging.operation.type': 'send' }
  const start = {
    kind: SpanKind.PRODUCER,
    beneath: ROOT_CONTEXT,
    links,
    attributes: Object.assign(about, attributes),
  }
  return inSpan(`deliver ${channel}`, start, async (span) => {
    const startedMs = measures.monotonicMs()
    const outcome = await attempt()
    const seconds = (measures.monotonicMs() - startedMs) / 1_000
    const became = outcomeOf(outcome.status)
    measures.tell({ of: 'delivery', channel, outcome: became, seconds })
    if (outcome.status !== null) span.setAttribute('http.response.status_code', outcome.status)
    if (became !== 'delivered') spanFailed(span, String(outcome.status ?? became))
    return outcome
  })
}

const outcomeOf = (status: number | null): DeliveryOutcome => {
  if (status === null) return 'unanswered'
  return status >= 200 && status < 300 ? 'delivered' : 'refused'
}
