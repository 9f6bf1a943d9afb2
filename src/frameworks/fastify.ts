/**
 * Fastify: `fastify.register(tollgatePlugin, { tollgate, identify })`, then `config: { meter }` on
 * each route that costs something.
 * @module
 */
import type { RunHold } from '../contract/hold.ts'
import { createGuard, type Guard } from '../guard/guard.ts'
import type { MeteredRoute, Passed } from '../guard/metered.ts'
import type { GateSource, MeterOptions } from '../guard/options.ts'
import {
  isPlainObject,
  type NodeAnswer,
  type NodeRequest,
  type NodeResponse,
  pathOf,
  withUsage,
} from './node-answer.ts'
import { serveNode } from './node-serving.ts'

export type * from '../guard/types.ts'
export {
  type ByApiKeyOptions,
  byApiKey,
  type EngineSource,
  type KeyedRequest,
} from './by-api-key.ts'
export type { NodeRequest, NodeResponse } from './node-answer.ts'

/** The properties added to Fastify's request. Merge them into `FastifyRequest`. */
export interface MeteredRequest {
  /** The route's hold, in the mode `reserve`. */
  hold?: RunHold | undefined
  /** The call that is being served. */
  tollgate?: MeteredRoute | undefined
}

/** The settings in a route's `config`. Merge them into `FastifyContextConfig`. */
export interface MeteredRouteConfig<Request = FastifyRequest> {
  /** The event type, or the options that differ from the plugin's. */
  meter?: RouteMeter<Request> | undefined
}

/** The metering of one route. */
export type RouteMeter<Request> = string | Partial<MeterOptions<Request>>

/** The used part of Fastify's request. */
export interface FastifyRequest extends MeteredRequest {
  readonly method: string
  readonly url: string
  readonly headers: NodeRequest['headers']
  readonly routeOptions: { readonly url?: string | undefined; readonly config: object }
}

/** The used part of Fastify's reply. */
export interface FastifyReply {
  readonly raw: NodeResponse
  readonly statusCode: number
  code(status: number): unknown
  header(name: string, value: string): unknown
  // biome-ignore lint/suspicious/noExplicitAny: what a host's own types say of bodies is theirs
  send(payload?: any): any
}

/** The used part of a Fastify instance. */
export interface FastifyHost {
  decorateRequest(name: 'hold' | 'tollgate', value: undefined): unknown
  addHook(
    name: 'preHandler',
    // biome-ignore lint/suspicious/noExplicitAny: its own types, which are not looked for here
    hook: (request: any, reply: any, done: (error?: Error) => void) => void,
  ): unknown
}

/** The options of all metered routes. A route can override them in its `config`. */
export type TollgatePluginOptions<Request = FastifyRequest> = Pick<
  MeterOptions<Request>,
  'identify'
> &
  Partial<MeterOptions<Request>> & { readonly tollgate: GateSource }

/** A hook between the request and the handler. */
export type FastifyHook<Request> = (
  request: Request,
  reply: FastifyReply,
  done: (error?: Error) => void,
) => void

/**
 * Builds a `preHandler` for one route, without the plugin. The handler has `request.hold` (mode
 * `reserve`) and `request.tollgate`. A denied request is answered with problem+json.
 */
export const meter = <Request extends FastifyRequest>(
  tollgate: GateSource,
  options: MeterOptions<Request>,
): FastifyHook<Request> => {
  const guard = createGuard(tollgate, options)
  return (request, reply, done) => enter({ guard, options, request, reply }, done, done)
}

/**
 * Wraps a handler in the same way, and passes it the call beside the request. Also for calls inside
 * another handler.
 */
export const metered = <Request extends FastifyRequest, Reply extends FastifyReply>(
  tollgate: GateSource,
  options: MeterOptions<Request>,
  handler: (request: Request, reply: Reply, call: MeteredRoute) => unknown,
): ((request: Request, reply: Reply) => Promise<unknown>) => {
  const guard = createGuard(tollgate, options)
  return (request, reply) =>
    new Promise((resolve, reject) => {
      const work = async () => handler(request, reply, request.tollgate as MeteredRoute)
      const entering = { guard, options, request, reply }
      // A refusal was answered. Returning the reply tells Fastify so.
      enter(
        entering,
        () => work().then(resolve, reject),
        reject,
        () => resolve(reply),
      )
    })
}

/**
 * The plugin. It meters the routes whose `config` has `meter`, and sets `request.hold` and
 * `request.tollgate`. Its hook runs before each route's own `preHandler`, so authenticate in
 * `onRequest` or `preValidation`.
 *
 * @example
 * ```ts
 * import Fastify from 'fastify'
 * import { createTollgate } from 'tollgate'
 * import { tollgatePlugin } from 'tollgate/fastify'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * const fastify = Fastify()
 * fastify.register(tollgatePlugin, { tollgate, identify: () => ({ organizationId: 'acme' }) })
 * fastify.post('/chat', { config: { meter: 'chat_message' } }, async () => ({ text: 'Hello' }))
 * ```
 */
export const tollgatePlugin = <Request extends FastifyRequest>(
  fastify: FastifyHost,
  { tollgate, ...shared }: TollgatePluginOptions<Request>,
  done: () => void,
): void => {
  const guards = new Map<RouteMeter<Request>, Entering<Request>>()
  /**
   * Created on a route's first request, because routes may be declared before the plugin is loaded.
   */
  const enteringOf = (given: RouteMeter<Request>): Entering<Request> => {
    const known = guards.get(given)
    if (known) return known
    const own = typeof given === 'string' ? { eventType: given } : given
    const options = { ...shared, ...own } as MeterOptions<Request>
    const entering = { guard: createGuard(tollgate, options), options }
    guards.set(given, entering)
    return entering
  }
  fastify.decorateRequest('hold', undefined)
  fastify.decorateRequest('tollgate', undefined)
  fastify.addHook('preHandler', (request: Request, reply: FastifyReply, next) => {
    const { meter: given } = request.routeOptions.config as MeteredRouteConfig<Request>
    if (given === undefined) return next()
    enter({ ...enteringOf(given), request, reply }, next, next)
  })
  done()
}

/**
 * The marks that `fastify-plugin` sets: the hook applies to all routes of the registering instance.
 */
Object.assign(tollgatePlugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'tollgate',
})

interface Entering<Request> {
  readonly guard: Guard<Request>
  readonly options: MeterOptions<Request>
}

const enter = <Request extends FastifyRequest>(
  {
    guard,
    options,
    request,
    reply,
  }: Entering<Request> & { readonly request: Request; readonly reply: FastifyReply },
  next: () => void,
  fail: (error: Error) => void,
  denied: () => void = () => {},
): void => {
  const arrival = {
    request,
    method: request.method,
    endpoint: request.routeOptions.url ?? pathOf(request.url),
    response: reply.raw,
  }
  serveNode(guard, arrival, {
    letIn: (call, passed, answer) => {
      request.tollgate = call
      request.hold = call.hold
      setHeaders(reply, passed.headers)
      if (options.usageBlock) addUsage(reply, answer, passed)
      next()
    },
    deny: ({ status, headers, body }) => {
      reply.code(status)
      setHeaders(reply, headers)
      reply.send(body)
      denied()
    },
    fail,
  })
}

const setHeaders = (reply: FastifyReply, headers: Readonly<Record<string, string>>): void => {
  for (const name in headers) reply.header(name, headers[name] as string)
}

/** Settles the call when the handler sends its payload, then sends it with the usage. */
const addUsage = (reply: FastifyReply, answer: NodeAnswer, { settled }: Passed): void => {
  const send = reply.send.bind(reply)
  reply.send = (payload) => {
    reply.send = send
    if (!isPlainObject(payload)) return send(payload)
    answer.will({ status: reply.statusCode })
    settled.then((usage) => send(withUsage(payload, usage)))
    return reply
  }
}
