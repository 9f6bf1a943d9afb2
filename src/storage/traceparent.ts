import { isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api'

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The current trace, in the form of W3C Trace Context; undefined if there is none. */
export const presentTraceparent = (): string | undefined => {
  const found = trace.getActiveSpan()?.spanContext()
  if (!found || !isSpanContextValid(found)) return undefined
  const flags = found.traceFlags.toString(16).padStart(2, '0')
  return `00-${found.traceId}-${found.spanId}-${flags}`
}

/** The span in which a row was written; undefined if the row names none. */
export const causeOf = (traceparent: string | null): SpanContext | undefined => {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? []
  const cause = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(cause) ? cause : undefined
}

/**
 * Turns a statement that calls a function into one that also names the trace. The function writes
 * the name into its events. `call` puts `at` in the place of its last argument, and returns a row
 * of columns.
 */
export const naming = (parts: {
  readonly columns: string
  readonly call: (at: string) => string
  readonly at: string
  readonly traceparent: string
  readonly rest?: string
}): string =>
  // The function's last argument depends on the expression that sets the name. So the name is set
  // first.
  `select ${parts.columns}
   from (select set_config('tollgate.traceparent', ${parts.traceparent}, true) as name offset 0) n,
     lateral ${parts.call(`case when n.name is not null then ${parts.at} end`)} d ${parts.rest ?? ''}`
