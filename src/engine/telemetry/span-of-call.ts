import { type Span, SpanKind } from '@opentelemetry/api'
import { inSpan } from './spans.ts'

/**
 * Runs an operation in a span of its name, with the outcome if it is a decision. Only our own fixed
 * words are recorded. If the span is not recorded, the call takes no turn longer.
 */
export const inSpanOfCall = <T>(operation: string, work: () => Promise<T>): Promise<T> =>
  inSpan(`tollgate.${operation}`, { kind: SpanKind.INTERNAL }, (span) =>
    span.isRecording() ? noting(span, operation, work) : work(),
  )

const noting = async <T>(span: Span, operation: string, work: () => Promise<T>): Promise<T> => {
  span.setAttribute('tollgate.operation', operation)
  const answer = await work()
  const { allowed, reason, replayed, degraded } = (answer ?? {}) as Record<string, unknown>
  if (typeof allowed !== 'boolean') return answer
  span.setAttribute('tollgate.decision.allowed', allowed)
  if (typeof reason === 'string') span.setAttribute('tollgate.decision.reason', reason)
  if (replayed === true) span.setAttribute('tollgate.decision.replayed', true)
  if (degraded === true) span.setAttribute('tollgate.decision.without_store', true)
  return answer
}
