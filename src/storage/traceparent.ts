import { isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api'

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

/** The trace that this is part of, as W3C Trace Context writes it; undefined where there is none. */
export const presentTraceparent = (): string | undefined => {
  const found = trace.getActiveSpan()?.spanContext()
  if (!found || !isSpanContextValid(found)) return undefined
  const flags = found.traceFlags.toString(16).padStart(2, '0')
  return `00-${found.traceId}-${found.spanId}-${flags}`
}

/** Which span a row was written in; undefined where it says none. */
export const causeOf = (traceparent: string | null): SpanContext | undefined => {
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent ?? '') ?? []
  const cause = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return isSpanContextValid(cause) ? cause : undefined
}

/**
 * A statement that calls a function as one that names the trace as well, for the events that the
 * function tells of. `call` has `at` in the place of its last argument, and is a row of columns.
 */
export const naming = (parts: {
  readonly columns: string
  readonly call: (at: string) => string
  readonly at: string
  readonly traceparent: string
  readonly rest?: string
}): string =>
  // The function takes its last argument from what sets the name, so that comes before it.
  `select ${parts.columns}
   from (select set_config('tollgate.traceparent', ${parts.traceparent}, true) as name offset 0) n,
     lateral ${parts.call(`case when n.name is not null then ${parts.at} end`)} d ${parts.rest ?? ''}`
