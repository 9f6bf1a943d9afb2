import {
  type Attributes,
  context,
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

/** What a span begins with. Names and values are of small sets: no id, key, URL or word of a customer. */
export interface SpanStart {
  readonly kind?: SpanKind
  readonly attributes?: Attributes
  readonly links?: Link[]
  /** What it is beneath; the active span, unless given. */
  readonly beneath?: OtelContext
}

/** Finds the SDK that the process has set up, also where that is later; without one it does nothing. */
const tracer: Tracer = trace.getTracer('tollgate')

/**
 * Does some work in a span of its own. Without an SDK that is a call of a function more: nothing is
 * made, and nobody waits a turn longer.
 */
export const inSpan = <T>(
  name: string,
  { beneath = context.active(), ...start }: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> => {
  const span = tracer.startSpan(name, start, beneath)
  // One that is not sampled has an id all the same, for what is beneath it to be left out as well.
  if (!isSpanContextValid(span.spanContext())) return work(span)
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

/** Says that it failed, and of which type the error is; its words may be somebody's. */
export const spanFailed = (span: Span, errorType: string): void => {
  if (!span.isRecording()) return
  span.setAttribute('error.type', errorType)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** Of an error what may be told of it: one of few words. */
export const errorTypeOf = (error: unknown): string => {
  if (error instanceof TollgateError) return error.code
  const { name, code } = (error ?? {}) as { readonly name?: unknown; readonly code?: unknown }
  if (typeof code === 'string' && /^\w{1,40}$/.test(code)) return code
  return typeof name === 'string' && /^\w{1,60}$/.test(name) ? name : '_OTHER'
}

/** The span that this runs in, where it is recorded; one that has ended is none. */
export const recordedSpan = (): Span | undefined => {
  const span = trace.getSpan(context.active())
  return span?.isRecording() ? span : undefined
}

/**
 * Does what several have asked for, which is beneath the first of them and linked to the others.
 * Whoever began the loop that it runs in is none of them, unless they asked as well.
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

/** As many as an SDK keeps, unless it is told otherwise. */
const MOST_LINKS = 128

/** Who asks now; undefined where that is not traced. */
export const presentCause = (): SpanContext | undefined => recordedSpan()?.spanContext()
