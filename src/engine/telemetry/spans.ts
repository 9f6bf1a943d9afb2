import {
  type Attributes,
  context,
  INVALID_TRACEID,
  isSpanContextValid,
  type Link,
  type Context as OtelContext,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { TollgateError } from '../../contract/errors.ts'

/**
 * The start of a span. Names and values are from small sets: no id, key, URL or text of a customer.
 */
export interface SpanStart {
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  readonly links?: Link[]
  /** The parent; the active span by default. */
  readonly beneath?: OtelContext
}

/** Finds the SDK of the process, even if it is set up later. Without one it does nothing. */
const tracer: Tracer = trace.getTracer('tollgate')

/**
 * Runs work in a span of its own. Without an SDK this costs one function call: no span is made, and
 * no turn is lost.
 */
export const inSpan = <T>(
  name: string,
  { beneath = context.active(), ...start }: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> => {
  const span = tracer.startSpan(name, start, beneath)
  // A span that is not sampled has an id too, so that its children are left out as well.
  // Without an SDK the id is this one, and to compare it costs less than to validate it.
  const found = span.spanContext()
  if (found.traceId === INVALID_TRACEID || !isSpanContextValid(found)) return work(span)
  return context.with(trace.setSpan(beneath, span), () => ended(span, work))
}

const ended = async <T>(span: Span, work: (span: Span) => Promise<T>): Promise<T> => {
  try {
    return await work(span)
  } catch (error) {
    spanFailed(span, errorTypeOf(error))
    throw error
  } finally {
    span.end()
  }
}

/**
 * Marks a span as failed, with the error's type. The error's message may contain somebody's data.
 */
export const spanFailed = (span: Span, errorType: string): void => {
  if (!span.isRecording()) return
  span.setAttribute('error.type', errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** The type of an error, from a small set. */
export const errorTypeOf = (error: unknown): string => {
  if (error instanceof TollgateError) return error.code
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown }
  if (typeof code === 'string' && /^\w{1,40}$/.test(code)) return code
  return typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : '_OTHER'
}

/** The current span if it is recorded; undefined if it has ended. */
export const recordedSpan = (): Span | undefined => {
  const span = trace.getSpan(context.active())
  return span?.isRecording() ? span : undefined
}

/**
 * Runs work that several callers asked for. Its span is a child of the first caller's span, and
 * linked to the others. The caller who started the loop is not among them, unless they asked as
 * well.
 */
export const inSpanOfMany = <T>(
  name: string,
  causes: readonly SpanContext[],
  work: () => Promise<T>,
): Promise<T> => {
  const [first, ...others] = causes
  if (!first) return context.with(ROOT_CONTEXT, work)
  const beneath = trace.setSpanContext(ROOT_CONTEXT, first)
  const links = others.slice(0, MOST_LINKS).map((cause) => ({ context: cause }))
  const attributes = { 'tollgate.batch.traced': causes.length }
  return inSpan(name, { kind: SpanKind.INTERNAL, beneath, links, attributes }, work)
}

/** The default maximum of an SDK. */
const MOST_LINKS = 128

/** The span of the present caller; undefined if it is not traced. */
export const presentCause = (): SpanContext | undefined => recordedSpan()?.spanContext()
