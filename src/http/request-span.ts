import {
  context,
  type Context as OtelContext,
  propagation,
  type Span,
  SpanKind,
  type TextMapGetter,
  trace,
} from '@opentelemetry/api'
import { inSpan, spanFailed } from '../engine/telemetry/spans.ts'

/** The operation of a request, as the reference names it. */
export interface Asked {
  /** The operation's name; `none` for an unknown path. */
  readonly name: string
  /** The path's template; undefined for an unknown path. */
  readonly route: string | undefined
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/**
 * Answers a request in a span named by its method and path template. The sender's trace continues
 * if a propagator is set up. If the host's server has already begun a span, this one is its child.
 * Values in the path are left out, because they are customers' ids.
 */
export const inRequestSpan = (
  asked: Asked,
  request: Request,
  answer: () => Promise<Response>,
): Promise<Response> => {
  const active = context.active()
  const isWithinHost = trace.getSpan(active) !== undefined
  const start = {
    kind: isWithinHost ? SpanKind.INTERNAL : SpanKind.SERVER,
    beneath: isWithinHost ? active : sentBy(request, active),
  }
  const method = METHODS.has(request.method) ? request.method : 'HTTP'
  const name = asked.route === undefined ? method : `${method} ${asked.route}`
  return inSpan(name, start, (span) =>
    span.isRecording() ? noting(span, asked, request, answer) : answer(),
  )
}

const noting = async (
  span: Span,
  { name, route }: Asked,
  { method }: Request,
  answer: () => Promise<Response>,
): Promise<Response> => {
  span.setAttributes({
    'http.request.method': METHODS.has(method) ? method : '_OTHER',
    ...(route !== undefined && { 'http.route': route }),
    'tollgate.operation': name,
  })
  const response = await answer()
  const { status } = response
  span.setAttribute('http.response.status_code', status)
  if (status >= 500) spanFailed(span, String(status))
  return response
}

const sentBy = (request: Request, active: OtelContext): OtelContext =>
  propagation.extract(active, request.headers, HEADERS)

const HEADERS: TextMapGetter<Headers> = {
  get: (headers, key) => headers.get(key) ?? undefined,
  keys: (headers) => [...headers.keys()],
}
