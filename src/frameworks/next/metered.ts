import { createGuard } from '../../guard/guard.ts'
import type { MeteredRoute } from '../../guard/metered.ts'
import type { GateSource, MeterOptions } from '../../guard/options.ts'
import { type ByApiKeyOptions, byApiKey, type EngineSource } from '../by-api-key.ts'
import { answeredBy } from '../fetch-answer.ts'
import { pathOf } from '../node-answer.ts'
import { orRedirect } from './redirect.ts'
import { requestScope } from './request-scope.ts'

/** The second argument of a Next route handler. */
export interface RouteContext {
  // biome-ignore lint/suspicious/noExplicitAny: what is in a route's path only its own types know
  readonly params: Promise<any>
}

/** A handler whose context also has the call that it serves. */
export type MeteredHandler<Request, Context> = (
  request: Request,
  context: Context & MeteredRoute,
) => Response | Promise<Response>

/**
 * Wraps a route handler. Its context has `hold` (mode `reserve`), `decision` and `signal` beside
 * `params`. A denied request is answered with problem+json. Inside another handler, call it with
 * the request and the context: `metered(…)(request, context)`.
 *
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { metered, shared } from 'tollgate/next'
 *
 * const getTollgate = shared(() => createTollgate({ database: 'memory' }))
 * const identify = async () => ({ organizationId: 'acme' })
 * export const POST = metered(
 *   getTollgate,
 *   { eventType: 'chat_message', identify, estimate: { quantities: { tokens: 2_000 } } },
 *   async (_request, { hold }) => {
 *     hold?.used({ inputTokens: 820, outputTokens: 310 })
 *     return Response.json({ text: 'Hello' })
 *   },
 * )
 * ```
 */
export const metered = <Asked extends Request = Request, Context = RouteContext>(
  getTollgate: GateSource,
  options: MeterOptions<Asked, Context>,
  handler: MeteredHandler<Asked, Context>,
): ((request: Asked, context: Context) => Promise<Response>) => {
  const guard = createGuard(getTollgate, options)
  const scope = requestScope()
  const { usageBlock = false } = options
  return async (request, context) => {
    let over: () => void = () => {}
    scope.after(
      new Promise<void>((resolve) => {
        over = resolve
      }),
    )
    try {
      await scope.needsRequest()
      const arrival = {
        request,
        context,
        method: request.method,
        endpoint: pathOf(new URL(request.url).pathname),
        signal: request.signal,
        waitUntil: (settled: Promise<unknown>) => {
          options.waitUntil?.(settled)
          settled.then(over)
        },
      }
      const answer = answeredBy(guard, arrival, usageBlock, (call) =>
        // A copy leaves out the getter of the signal.
        orRedirect(() => handler(request, { ...context, ...call, signal: call.signal })),
      )
      return await answer
    } catch (error) {
      over()
      throw error
    }
  }
}

/**
 * Wraps a route for callers with an API key of Tollgate (`Authorization: Bearer tg_…`). It
 * identifies the caller, decides, records, and sets `RateLimit`, `X-RateLimit-…` and `Retry-After`.
 *
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { shared, withApiKey } from 'tollgate/next'
 *
 * const getTollgate = shared(() => createTollgate({ database: 'memory' }))
 * export const GET = withApiKey(getTollgate, { eventType: 'api_call' }, (_request, call) =>
 *   Response.json({ for: call.organizationId }),
 * )
 * ```
 */
export const withApiKey = <Asked extends Request = Request, Context = RouteContext>(
  getTollgate: EngineSource,
  {
    right,
    trustProxyHops,
    ...options
  }: Omit<MeterOptions<Asked, Context>, 'identify'> & ByApiKeyOptions,
  handler: MeteredHandler<Asked, Context>,
): ((request: Asked, context: Context) => Promise<Response>) =>
  metered(
    getTollgate,
    { ...options, identify: byApiKey(getTollgate, { right, trustProxyHops }) },
    handler,
  )
