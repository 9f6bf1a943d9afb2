import { type Context, Hono } from 'hono'
import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { CallOptions, TollgateEngine } from '../contract/tollgate.ts'
import { createIds } from '../engine/ids.ts'
import { admit, createGatekeeper, type Gatekeeper } from './access.ts'
import {
  type Authentication,
  type AuthenticationOptions,
  createAuthentication,
} from './authentication/authentication.ts'
import type { DemoMode } from './demo-mode.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { idempotencyKeyOf } from './parameters.ts'
import { asTollgateError, type ProblemPlace, problemResponse } from './problem.ts'
import { createReference, type Reference } from './reference.ts'
import { isReply, type Reply } from './replies.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { methodsAt } from './routing.ts'

/** Where the handler tells what went wrong inside; a `pino` logger fits. */
export interface HandlerLog {
  error(fields: object, message: string): void
}

export interface HandlerOptions extends AuthenticationOptions {
  /** Serves `POST /api/demo/track-usage` to clients on this machine. */
  readonly demo?: DemoMode
  /** Makes ids, of requests too; UUIDs of version 7 by default. */
  readonly ids?: (() => string) | undefined
  /** A clock that never goes back, for the durations in `/metrics`. */
  readonly monotonicMs?: () => number
  readonly log?: HandlerLog
}

/** A fetch-style handler: mounts wherever a `Request` can be answered with a `Response`. */
export type Handler = (request: Request) => Promise<Response>

interface Parts {
  readonly tollgate: TollgateEngine
  readonly authentication: Authentication
  readonly gatekeeper: Gatekeeper
  readonly metrics: Metrics
  readonly reference: Reference
  readonly demo: DemoMode
  readonly now: () => Date
  readonly ids: () => string
  readonly monotonicMs: () => number
  readonly log: HandlerLog | undefined
}

/**
 * Serves an engine over HTTP: the operations of the reference at `/docs`, health, and metrics.
 *
 * @example
 * ```ts
 * const tollgate = await createTollgate()
 * const handler = createHandler(tollgate, { adminKey: process.env.TOLLGATE_ADMIN_KEY })
 * export { handler as GET, handler as PATCH, handler as POST }
 * ```
 */
export const createHandler = (tollgate: TollgateEngine, options: HandlerOptions = {}): Handler => {
  const { clientAddress, demo } = options
  const authentication = createAuthentication(tollgate, options)
  const parts: Parts = {
    tollgate,
    authentication,
    gatekeeper: createGatekeeper(authentication, { clientAddress, demo: demo !== undefined }),
    metrics: createMetrics(tollgate),
    reference: createReference(),
    demo: demo ?? noDemo,
    now: options.now ?? (() => new Date()),
    ids: options.ids ?? createIds(),
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
    log: options.log,
  }
  const app = new Hono()
  for (const route of routes) {
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(route.method.toUpperCase(), path, (context) => served(parts, route, context))
  }
  app.notFound((context) => unrouted(parts, context.req.raw))
  return async (request) => app.fetch(request)
}

const served = (parts: Parts, route: Route, context: Context): Promise<Response> =>
  answered(parts, route.operationId, context.req.raw, async (place) => {
    const request = context.req.raw
    const caller = await admit(route.access, request, parts.gatekeeper)
    return route.answer({
      tollgate: parts.tollgate,
      authentication: parts.authentication,
      metrics: parts.metrics,
      reference: parts.reference,
      demo: parts.demo,
      request,
      pathParameters: context.req.param(),
      caller,
      acting: actingOf(caller, request, parts.authentication.addressOf(request)),
      now: parts.now,
      problem: (error, extensions) => problemResponse(error, place(), extensions),
    })
  })

/** No operation has this path, or this method of it. */
const unrouted = (parts: Parts, request: Request): Promise<Response> =>
  answered(parts, 'none', request, async (place) => {
    const methods = methodsAt(place().instance)
    if (methods.length === 0) throw new TollgateError('not_found')
    const headers = { allow: methods.join(', ') }
    return problemResponse(new TollgateError('method_not_allowed'), place(), {}, headers)
  })

/** Runs one answer: whatever is thrown becomes a problem, and whatever comes of it is counted. */
const answered = async (
  { ids, log, metrics, monotonicMs }: Parts,
  operation: string,
  request: Request,
  answer: (place: () => ProblemPlace) => Promise<Reply | Response>,
): Promise<Response> => {
  const startedMs = monotonicMs()
  const requestId = ids()
  // Only problems tell the path, so it is worked out for them alone.
  const place = (): ProblemPlace => ({ requestId, instance: pathOf(request.url) })
  const given = await answer(place).catch((thrown: unknown) => {
    const error = asTollgateError(thrown)
    if (error.status >= 500) {
      const fields = { err: error.cause ?? error, requestId, operation }
      log?.error(fields, error.message)
    }
    return problemResponse(error, place())
  })
  const response = withOwnHeaders(given, requestId)
  metrics.answered(operation, response.status, (monotonicMs() - startedMs) / 1_000)
  return response
}

const SAME_FOR_ALL = [
  ['x-content-type-options', 'nosniff'],
  ['cache-control', 'no-store'],
] as const

/** The answer with the headers of every answer; what it says of its own on keeping it stays. */
const withOwnHeaders = (given: Reply | Response, requestId: string): Response => {
  if (!isReply(given)) {
    given.headers.set('x-request-id', requestId)
    for (const [name, value] of SAME_FOR_ALL) {
      if (!given.headers.has(name)) given.headers.set(name, value)
    }
    return given
  }
  const { status, body } = given
  const headers: Record<string, string> = { ...given.headers }
  headers['x-request-id'] = requestId
  for (const [name, value] of SAME_FOR_ALL) headers[name] = value
  return new Response(body, { status, headers })
}

/** Who acts and from where, for the books. */
const actingOf = (
  caller: Principal | undefined,
  request: Request,
  address: string | undefined,
): CallOptions => ({
  actor: caller?.actor,
  address,
  apiKeyId: caller?.kind === 'organization' ? caller.apiKeyId : undefined,
  idempotencyKey: idempotencyKeyOf(request),
})

/** Without the query, which may hold what is nobody else's business. */
const pathOf = (url: string): string => new URL(url).pathname

const noDemo: DemoMode = { track: () => Promise.reject(new TollgateError('not_found')) }
