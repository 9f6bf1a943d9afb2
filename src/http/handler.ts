import { type Context, Hono } from 'hono'
import { TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import { standingHeaders } from '../core/rate-limit-headers.ts'
import { asIfNothing } from '../engine/access.ts'
import type { Acting } from '../engine/acting.ts'
import type { AdmittedCall } from '../engine/entry.ts'
import { createIds } from '../engine/ids.ts'
import { type Plumbing, plumbingOf } from '../engine/plumbing.ts'
import {
  createErrorReporter,
  type ErrorReporter,
  type OnError,
} from '../engine/telemetry/error-reporter.ts'
import { operations } from '../operations/index.ts'
import type { Operation } from '../operations/operation.ts'
import { type Answering, type Reply, WRITERS } from './answers.ts'
import { apiKeyIdOf } from './api-key-id.ts'
import {
  type Authentication,
  type AuthenticationOptions,
  createAuthentication,
  engineForAuthentication,
} from './authentication/authentication.ts'
import { CRON_HEADER } from './authentication/cron-secret.ts'
import { type BasePath, basePathOf } from './base-path.ts'
import { type ConsoleFiles, createConsoleFiles } from './console-files.ts'
import { crossOrigin } from './cross-origin.ts'
import type { DemoMode } from './demo-mode.ts'
import type { DoorRoute } from './door-route.ts'
import { doorRoutes } from './door-routes.ts'
import { createExportSlots, type ExportLimits, type ExportSlots } from './export-slots.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import {
  callerOf,
  createIdentification,
  type Identification,
  identified,
  stillMay,
} from './identification.ts'
import { createMcpDoor, type McpDoor, type McpOptions } from './mcp-door.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { hasRateLimits, withOwnHeaders } from './own-headers.ts'
import { asTollgateError, type ProblemPlace, problemResponse } from './problem.ts'
import { createReference, type Reference } from './reference.ts'
import { type InputReader, inputReader, type PathTexts } from './request.ts'
import { type Asked, inRequestSpan } from './request-span.ts'
import { methodsAt, nearestPath } from './routing.ts'
import { unauthenticated } from './unauthenticated.ts'

/** The logger for internal errors; a `pino` logger fits. */
export interface HandlerLog {
  error(fields: object, message: string): void
}

export interface HandlerOptions extends AuthenticationOptions {
  /** Serves `POST /api/demo/track-usage` to clients on this machine. */
  readonly demo?: DemoMode
  /** Generates ids, also of requests. Default: UUIDs of version 7. */
  readonly ids?: (() => string) | undefined
  /** A monotonic clock, for the durations in `/metrics`. */
  readonly monotonicMs?: () => number
  readonly log?: HandlerLog
  /** Called for answers with status 500. Default: the engine's own callback. */
  readonly onError?: OnError
  /** The most concurrent exports. Default: 4 per organization, 20 in all. */
  readonly exports?: ExportLimits
  /** Once aborted, `/readyz` answers 503, so that load balancers send later calls elsewhere. */
  readonly stopping?: AbortSignal
  /** Where the handler is mounted, such as `/api/tollgate`. Default: the root. */
  readonly basePath?: string
  /** The folder of the built console. Default: the one in the package. */
  readonly consoleFolder?: string
  /**
   * Further origins whose pages may call and read answers, such as `https://app.example.com`.
   * Default: none. `*` allows any page, with a credential in a header. A session's cookie is
   * accepted only from `session.origins`, which must be listed here too.
   */
  readonly allowedOrigins?: readonly string[]
  /**
   * How assistants are served at `/mcp`. Default: read-only tools, for requests with a key and a
   * host name of this machine. `false`: not at all.
   */
  readonly mcp?: McpOptions | false
}

/** A fetch-style handler. It can be mounted wherever a `Request` is answered with a `Response`. */
export type Handler = (request: Request) => Promise<Response>

interface Parts {
  readonly tollgate: TollgateEngine
  readonly plumbing: Plumbing
  readonly authentication: Authentication
  readonly identification: Identification
  readonly metrics: Metrics
  readonly reference: Reference
  readonly consoleFiles: ConsoleFiles
  readonly demo: DemoMode
  readonly mcp: McpDoor
  readonly exports: ExportSlots
  readonly stopping: AbortSignal | undefined
  readonly basePath: BasePath
  readonly now: () => Date
  readonly ids: () => string
  readonly monotonicMs: () => number
  readonly log: HandlerLog | undefined
  readonly errors: ErrorReporter
  readonly hasConfiguredKey: boolean
}

/**
 * Serves an engine over HTTP: the operations of the reference at `/docs`, health, and metrics.
 *
 * @example
 * ```ts
 * const tollgate = await createTollgate()
 * const handler = createHandler(tollgate, {
 *   adminKey: process.env.TOLLGATE_ADMIN_KEY,
 *   basePath: '/api/tollgate',
 * })
 * export { handler as GET, handler as PATCH, handler as POST, handler as DELETE }
 * ```
 */
export const createHandler = (tollgate: TollgateEngine, options: HandlerOptions = {}): Handler => {
  const { clientAddress, demo } = options
  const plumbing = plumbingOf(tollgate)
  const authentication = createAuthentication(engineForAuthentication(tollgate), options)
  const basePath = basePathOf(options.basePath)
  const parts: Parts = {
    tollgate,
    plumbing,
    authentication,
    identification: createIdentification(authentication, {
      clientAddress,
      demo: demo !== undefined,
    }),
    metrics: createMetrics(plumbing),
    reference: createReference(basePath.text),
    consoleFiles: createConsoleFiles(options.consoleFolder),
    demo: demo ?? noDemo,
    mcp: createMcpDoor(options.mcp, {
      tollgate,
      plumbing,
      allowedOrigins: options.allowedOrigins ?? [],
      onInternal: (err, tool) => options.log?.error({ err, tool }, 'a tool failed'),
    }),
    exports: createExportSlots(options.exports),
    stopping: options.stopping,
    basePath,
    now: options.now ?? (() => new Date()),
    ids: options.ids ?? createIds(),
    monotonicMs: options.monotonicMs ?? (() => performance.now()),
    log: options.log,
    errors: errorsOf(options, plumbing),
    hasConfiguredKey: options.adminKey !== undefined,
  }
  const app = new Hono()
  const serve = (operation: Operation, path: string, serveCall: Serve): void => {
    const reader = inputReader(operation)
    const place = basePath.text + path.replaceAll(/\{(\w+)\}/g, ':$1')
    app.on(operation.method.toUpperCase(), place, (context) =>
      served(parts, operation, reader, context, serveCall),
    )
  }
  for (const operation of operations as readonly Operation[]) {
    const { alias, form = 'json' } = operation.http
    // A list as a file shares the path of its list.
    if (form === 'lines') continue
    serve(operation, operation.path, WRITERS[form])
    if (operation.right === 'cron')
      serve(byGet(operation), operation.path, byScheduler(WRITERS[form]))
    if (alias !== undefined) serve(operation, alias, WRITERS[form])
  }
  for (const route of doorRoutes) {
    const { operation } = route
    serve(operation, operation.path, doorServe(parts, route))
    if (operation.http.below) serve(operation, `${operation.path}/*`, doorServe(parts, route))
    // A handler mounted at /api/tollgate also answers exactly that path.
    if (operation.path === '/' && basePath.text !== '')
      serve(operation, '', doorServe(parts, route))
  }
  app.notFound((context) => unrouted(parts, context.req.raw))
  const { allowedOrigins = [] } = options
  if (allowedOrigins.length === 0) return async (request) => app.fetch(request)
  const { preflight, show } = crossOrigin({
    allowedOrigins,
    sessionOrigins: (options.session || undefined)?.origins ?? [],
    methodsAt: (path) => methodsAt(basePath.below(path)),
  })
  return async (request) => {
    const answer = preflight(request)
    if (answer) return answer
    const response = await app.fetch(request)
    show(request, response)
    return response
  }
}

const UNEXPECTED = 'a request was answered with an error that nobody expected'

const errorsOf = (
  { log, now, onError }: HandlerOptions,
  { errors, measures }: Plumbing,
): ErrorReporter => {
  if (!onError) return errors
  const clock = { now: now ?? (() => new Date()) }
  const own = { ...silent, ...(log && { error: log.error.bind(log) }) }
  return createErrorReporter(onError, clock, own, measures)
}

const silent = { info: () => {}, warn: () => {}, error: () => {} }

/** Some schedulers, such as Vercel's, can only send a GET. */
const byGet = (operation: Operation): Operation => ({ ...operation, method: 'get' })

/**
 * A GET with an effect requires a credential in a header, because any link sends a session's
 * cookie. A HEAD must never have an effect.
 */
const byScheduler =
  (write: Serve): Serve =>
  async (serving) => {
    const { headers, method } = serving.request
    if (method !== 'GET') throw new TollgateError('method_not_allowed')
    if (!headers.has('authorization') && !headers.has(CRON_HEADER)) {
      throw unauthenticated(serving.request, 'cron')
    }
    return write(serving)
  }

type Serve = (serving: Answering) => Promise<Reply | Response>

const doorServe = (parts: Parts, { answer, operation }: DoorRoute): Serve => {
  const { right, params, query, body } = operation
  const hasParams = Object.keys(params).length > 0
  // Public operations without input need no engine. They are still answered while it closes.
  const needsNothing = right === 'public' && !hasParams && !query && !body
  return async (serving) => {
    const call = needsNothing ? NOTHING_GIVEN : await serving.admit(operation, serving.source)
    try {
      const { whyNotLocal } = parts.identification
      return await answer({ ...parts, ...serving, call, whyNotLocal })
    } catch (error) {
      throw asIfNothing(error, right, hasParams)
    }
  }
}

const NOTHING_GIVEN: AdmittedCall = { input: {}, options: {}, run: async () => undefined }

const served = (
  parts: Parts,
  operation: Operation,
  reader: InputReader,
  context: Context,
  serve: Serve,
): Promise<Response> =>
  answered(parts, askedOf(operation), context.req.raw, async (place, tellTo) => {
    const request = context.req.raw
    const principal = await identified(operation.right, request, parts.identification)
    if (principal?.kind === 'organization') tellTo(principal.organizationId)
    const caller = callerOf(principal)
    const options = actingOf(principal, request, parts)
    return serve({
      operation,
      plumbing: parts.plumbing,
      request,
      caller: principal,
      source: reader.sourceOf(request, context.req.param() as PathTexts, options),
      admit: (one, source) => parts.plumbing.admit(one, caller, options, source),
      mayGoOn: (one, organizationId) =>
        stillMay(request, organizationId, one.right, parts.authentication, parts.plumbing.members),
      now: parts.now,
      basePath: parts.basePath.text,
      exports: parts.exports,
      problem: (error, extensions) => problemResponse(error, place(), extensions),
    })
  })

const askedOf = ({ name, path }: Operation): Asked => ({ name, route: path })

const UNROUTED: Asked = { name: 'none', route: undefined }

/** Answers a path, or a method of it, that no operation has. */
const unrouted = (parts: Parts, request: Request): Promise<Response> =>
  answered(parts, UNROUTED, request, async (place) => {
    const path = parts.basePath.below(place().instance)
    const methods = methodsAt(path)
    if (methods.length === 0) {
      const nearest = parts.basePath.text + nearestPath(path)
      const detail = `there is no such path here; the nearest is ${nearest}`
      throw new TollgateError('not_found', { detail })
    }
    const headers = { allow: methods.join(', ') }
    return problemResponse(new TollgateError('method_not_allowed'), place(), {}, headers)
  })

type Answer = (
  place: () => ProblemPlace,
  tellTo: (organizationId: string) => void,
) => Promise<Reply | Response>

/** Runs one answer in its own span. */
const answered = (
  parts: Parts,
  asked: Asked,
  request: Request,
  answer: Answer,
): Promise<Response> =>
  inRequestSpan(asked, request, () => counted(parts, asked.name, request, answer))

/** Converts thrown errors to problems, and counts every answer. */
const counted = async (
  { errors, ids, log, metrics, monotonicMs, plumbing, stopping }: Parts,
  operation: string,
  request: Request,
  answer: Answer,
): Promise<Response> => {
  const startedMs = monotonicMs()
  const requestId = ids()
  // Only problems contain the path, so it is computed only for them.
  const place = (): ProblemPlace => ({ requestId, instance: pathOf(request.url) })
  let keyOf: string | undefined
  const tellTo = (organizationId: string): void => {
    keyOf = organizationId
  }
  const given = await answer(place, tellTo).catch((thrown: unknown) => {
    const error = asTollgateError(thrown)
    // A 503 of `/readyz` while stopping is expected and requested often, so it is not logged.
    if (error.status >= 500 && !(operation === 'health.ready' && stopping?.aborted)) {
      const fields = { err: error.cause ?? error, requestId, operation }
      log?.error(fields, error.message)
      if (error.code === 'internal') errors.report(fields.err, UNEXPECTED, 'error', fields)
    }
    return problemResponse(error, place())
  })
  const standing =
    keyOf === undefined || hasRateLimits(given)
      ? undefined
      : standingHeaders(await plumbing.announced(keyOf))
  const response = withOwnHeaders(given, requestId, standing)
  metrics.answered(operation, response.status, (monotonicMs() - startedMs) / 1_000)
  return response
}

/** The actor and address, for the audit log. */
const actingOf = (
  caller: Principal | undefined,
  request: Request,
  { authentication, hasConfiguredKey }: Pick<Parts, 'authentication' | 'hasConfiguredKey'>,
): Acting => ({
  actor: caller?.actor,
  address: authentication.addressOf(request),
  hasConfiguredKey,
  apiKeyId: apiKeyIdOf(caller, request),
  idempotencyKey: idempotencyKeyOf(request),
})

/** The path without the query, which may contain private data. */
const pathOf = (url: string): string => new URL(url).pathname

const noDemo: DemoMode = { track: () => Promise.reject(new TollgateError('not_found')) }
