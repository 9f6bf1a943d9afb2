/**
 * Express: `app.post('/chat', meter(tollgate, { eventType, identify }), handler)`. Works with 4 and
 * 5, and with other frameworks that take `(req, res, next)`, such as Connect.
 * @module
 */
import type { RunHold } from '../contract/hold.ts'
import { createGuard } from '../guard/guard.ts'
import type { MeteredRoute, Passed } from '../guard/metered.ts'
import type { GateSource, MeterOptions } from '../guard/options.ts'
import {
  isPlainObject,
  type NodeAnswer,
  type NodeRequest,
  type NodeResponse,
  pathOf,
  withUsage,
  writeDenial,
  writeHeaders,
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

/** The used part of Express's request, and the properties set on it. */
export interface ExpressRequest extends NodeRequest {
  readonly originalUrl?: string
  readonly baseUrl?: string
  readonly route?: unknown
  hold?: RunHold | undefined
  tollgate?: MeteredRoute | undefined
}

/** The used part of Express's response. */
export interface ExpressResponse extends NodeResponse {
  // biome-ignore lint/suspicious/noExplicitAny: what a host's own types say of bodies is theirs
  json: (body?: any) => any
}

// biome-ignore lint/suspicious/noExplicitAny: as Express has it
export type ExpressNext = (error?: any) => void

declare global {
  namespace Express {
    interface Request {
      /** The route's hold, in the mode `reserve`. */
      hold?: RunHold | undefined
      /** The call that is being served. */
      tollgate?: MeteredRoute | undefined
    }
  }
}

/**
 * Builds middleware for a route. The handler has `req.hold` (mode `reserve`) and `req.tollgate`. A
 * denied request is answered with problem+json.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createTollgate } from 'tollgate'
 * import { meter } from 'tollgate/express'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * const identify = () => ({ organizationId: 'acme' })
 * express().post('/chat', meter(tollgate, { eventType: 'chat_message', identify }), (req, res) => {
 *   res.json({ left: req.tollgate?.decision?.remaining })
 * })
 * ```
 */
export const meter = <Request extends ExpressRequest>(
  tollgate: GateSource,
  options: MeterOptions<Request>,
): ((req: Request, res: ExpressResponse, next: ExpressNext) => void) => {
  const guard = createGuard(tollgate, options)
  return (req, res, next) => {
    const arrival = {
      request: req,
      method: req.method ?? 'GET',
      endpoint: endpointOf(req),
      response: res,
    }
    serveNode(guard, arrival, {
      letIn: (call, passed, answer) => {
        req.tollgate = call
        req.hold = call.hold
        writeHeaders(res, passed.headers)
        if (options.usageBlock) addUsage(res, answer, passed)
        next()
      },
      deny: (denial) => writeDenial(res, denial),
      fail: next,
    })
  }
}

/**
 * Wraps a handler in the same way, and passes it the call beside the request. Also for calls inside
 * another handler.
 */
export const metered = <Request extends ExpressRequest, Response extends ExpressResponse>(
  tollgate: GateSource,
  options: MeterOptions<Request>,
  handler: (req: Request, res: Response, call: MeteredRoute) => unknown,
): ((req: Request, res: Response, next: ExpressNext) => void) => {
  const middleware = meter(tollgate, options)
  return (req, res, next) =>
    middleware(req, res, async (error?: unknown) => {
      if (error !== undefined) return next(error)
      try {
        await handler(req, res, req.tollgate as MeteredRoute)
      } catch (thrown) {
        next(thrown)
      }
    })
}

/** The route's pattern, if the route is known yet; middleware of a whole router runs too early. */
const endpointOf = ({ route, baseUrl = '', originalUrl, url }: ExpressRequest): string => {
  const pattern = (route as { readonly path?: unknown } | undefined)?.path
  return typeof pattern === 'string' ? baseUrl + pattern : pathOf(originalUrl ?? url)
}

/** Settles the call when the handler calls `res.json`, then writes the body with the usage. */
const addUsage = (res: ExpressResponse, answer: NodeAnswer, { settled }: Passed): void => {
  const json = res.json?.bind(res)
  if (!json) return
  res.json = (body) => {
    res.json = json
    if (!isPlainObject(body)) return json(body)
    answer.will({ status: res.statusCode })
    settled.then((usage) => json(withUsage(body, usage)))
    return res
  }
}
