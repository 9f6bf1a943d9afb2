import { type Context, Hono } from 'hono'
import { uuidv7 } from 'uuidv7'
import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { CallOptions, TollgateEngine } from '../contract/tollgate.ts'
import { admit, createGatekeeper, type Gatekeeper } from './access.ts'
import type { DemoMode } from './demo-mode.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { idempotencyKeyOf } from './parameters.ts'
import { asTollgateError, problemResponse } from './problem.ts'
import { createReference, type Reference } from './reference.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { methodsAt } from './routing.ts'

/** Where the handler tells what went wrong inside; a `pino` logger fits. */
export interface HandlerLog {
  error(fields: object, message: string): void
}

export interface HandlerOptions {
  /** The credential of the platform's administrator, beside the keys that the engine knows. */
  readonly adminKey?: string
  /** Serves `POST /api/demo/track-usage` to clients on this machine. */
  readonly demo?: DemoMode
  /** The address that a request came from; without it the demo answers to nobody. */
  readonly clientAddress?: (request: Request) => string | undefined
  /** The time, for headers that say how long to wait; to be the engine's where that has its own. */
  readonly now?: () => Date
  /** Makes request ids; UUIDs of version 7 by default. */
  readonly ids?: () => string
  /** A clock that never goes back, for the durations in `/metrics`. */
  readonly monotonicMs?: () => number
  readonly log?: HandlerLog
}

/** A fetch-style handler: mounts wherever a `Request` can be answered with a `Response`. */
export type Handler = (request: Request) => Promise<Response>

interface Parts {
  readonly tollgate: TollgateEngine
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
  const { adminKey, clientAddress, demo } = options
  const parts: Parts = {
    tollgate,
    gatekeeper: createGatekeeper(tollgate, { adminKey, clientAddress, demo: demo !== undefined }),
    metrics: createMetrics(tollgate),
    reference: createReference(),
    demo: demo ?? noDemo,
    now: options.now ?? (() => new Date()),
    ids: options.ids ?? uuidv7,
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
      metrics: parts.metrics,
      reference: parts.reference,
      demo: parts.demo,
      request,
      pathParameters: context.req.param(),
      caller,
      acting: actingOf(caller, request),
      now: parts.now,
      problem: (error, extensions) => problemResponse(error, place, extensions),
    })
  })

/** No operation has this path, or this method of it. */
const unrouted = (parts: Parts, request: Request): Promise<Response> =>
  answered(parts, 'none', request, async (place) => {
    const methods = methodsAt(place.instance)
    if (methods.length === 0) throw new TollgateError('not_found')
    const headers = { allow: methods.join(', ') }
    return problemResponse(new TollgateError('method_not_allowed'), place, {}, headers)
  })

/** Runs one answer: whatever is thrown becomes a problem, and whatever comes of it is counted. */
const answered = async (
  { ids, log, metrics, monotonicMs }: Parts,
  operation: string,
  request: Request,
  answer: (place: { requestId: string; instance: string }) => Promise<Response>,
): Promise<Response> => {
  const startedMs = monotonicMs()
  const place = { requestId: ids(), instance: pathOf(request.url) }
  const response = await answer(place).catch((thrown: unknown) => {
    const error = asTollgateError(thrown)
    if (error.status >= 500) {
      const fields = { err: error.cause ?? error, requestId: place.requestId, operation }
      log?.error(fields, error.message)
    }
    return problemResponse(error, place)
  })
  const { headers } = response
  headers.set('x-request-id', place.requestId)
  headers.set('x-content-type-options', 'nosniff')
  headers.set('cache-control', 'no-store')
  metrics.answered(operation, response.status, (monotonicMs() - startedMs) / 1_000)
  return response
}

/** Who acts, for the books. */
const actingOf = (caller: Principal | undefined, request: Request): CallOptions => ({
  actor: caller?.actor,
  apiKeyId: caller?.kind === 'organization' ? caller.apiKeyId : undefined,
  idempotencyKey: idempotencyKeyOf(request),
})

/** Without the query, which may hold what is nobody else's business. */
const pathOf = (url: string): string => new URL(url).pathname

const noDemo: DemoMode = { track: () => Promise.reject(new TollgateError('not_found')) }
