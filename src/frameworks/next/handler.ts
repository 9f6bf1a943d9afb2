import type { TollgateEngine } from '../../contract/tollgate.ts'
import type { Handler, HandlerOptions } from '../../http/handler.ts'
import type { EngineSource } from '../by-api-key.ts'
import { requestScope } from './request-scope.ts'

/** The methods of a route, for `export const { GET, POST, … } = toNextHandler(…)`. */
export type NextHandlers = Readonly<
  Record<'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS', Handler>
>

/**
 * Serves Tollgate's own HTTP from `app/billing/[[...path]]/route.ts`: its API, its reference and,
 * with the `basePath` `/billing`, `/billing/healthz`.
 *
 * @example
 * ```ts
 * import { createTollgate } from 'tollgate'
 * import { shared, toNextHandler } from 'tollgate/next'
 *
 * const getTollgate = shared(() => createTollgate({ database: 'memory' }))
 * export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = toNextHandler(getTollgate, {
 *   basePath: '/billing',
 *   adminKey: process.env.TOLLGATE_ADMIN_KEY,
 * })
 * ```
 */
export const toNextHandler = (
  getTollgate: EngineSource,
  options: HandlerOptions = {},
): NextHandlers => {
  const scope = requestScope()
  const made = new WeakMap<TollgateEngine, Promise<Handler>>()
  const handle: Handler = async (request) => {
    await scope.needsRequest()
    const engine = await (typeof getTollgate === 'function' ? getTollgate() : getTollgate)
    const making = made.get(engine) ?? handlerOf(engine, options)
    made.set(engine, making)
    return (await making)(request)
  }
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
  return Object.fromEntries(methods.map((method) => [method, handle])) as NextHandlers
}

/** Loaded on first use, because metered routes do not need it. */
const handlerOf = async (engine: TollgateEngine, options: HandlerOptions): Promise<Handler> => {
  const { createHandler } = await import('../../http/handler.ts')
  return createHandler(engine, options)
}
