/**
 * Hono: `app.post('/chat', meter(tollgate, { eventType, identify }), handler)`.
 * @module
 */
import type { RunHold } from '../contract/hold.ts'
import type { TollgateRefusal } from '../decision/refusal.ts'
import { isNamed } from '../guard/denial.ts'
import { createGuard } from '../guard/guard.ts'
import type { Arrival, MeteredRoute } from '../guard/metered.ts'
import type { GateSource, MeterOptions } from '../guard/options.ts'
import { answeredBy } from './fetch-answer.ts'

export type * from '../guard/types.ts'
export {
  type ByApiKeyOptions,
  byApiKey,
  type EngineSource,
  type KeyedRequest,
} from './by-api-key.ts'
export type { NodeRequest } from './node-answer.ts'

/** The variables set on the context: `new Hono<{ Variables: MeterVariables }>()`. */
export interface MeterVariables {
  /** The route's hold, in the mode `reserve`. */
  hold: RunHold | undefined
  /** The call that is being served. */
  tollgate: MeteredRoute
}

/** The used part of Hono's context. */
export interface HonoContext {
  readonly req: {
    readonly raw: Request
    readonly method: string
    readonly path: string
    readonly routePath?: string
  }
  res: Response
  error: Error | undefined
  // biome-ignore lint/suspicious/noExplicitAny: what a host's own variables are is theirs
  set: (name: any, value: any) => void
}

/**
 * Builds middleware for a route. The handler has `c.get('hold')` (mode `reserve`) and
 * `c.get('tollgate')`. A denied request is answered with problem+json.
 *
 * @example
 * ```ts
 * import { Hono } from 'hono'
 * import { createTollgate } from 'tollgate'
 * import { meter, type MeterVariables } from 'tollgate/hono'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * const identify = () => ({ organizationId: 'acme' })
 * const app = new Hono<{ Variables: MeterVariables }>()
 * app.post('/chat', meter(tollgate, { eventType: 'chat_message', identify }), (c) =>
 *   c.json({ left: c.get('tollgate').decision?.remaining }),
 * )
 * ```
 */
export const meter = <Context extends HonoContext>(
  tollgate: GateSource,
  options: MeterOptions<Context>,
): ((c: Context, next: () => Promise<void>) => Promise<void>) => {
  const guard = createGuard(tollgate, options)
  const { usageBlock = false } = options
  return async (c, next) => {
    const answer = await answeredBy(guard, arrivalOf(c), usageBlock, async (call) => {
      offer(c, call)
      await next()
      // Hono has turned a thrown error into an answer. An unhandled refusal is answered here.
      if (isNamed<TollgateRefusal>(c.error, 'TollgateRefusal') && c.res.status === 500)
        throw c.error
      return c.res
    })
    if (answer === c.res) return
    // Otherwise Hono would merge the headers of the earlier answer.
    c.res = undefined as unknown as Response
    c.res = answer
  }
}

/**
 * Wraps a handler in the same way, and passes it the call beside the context. Also for calls inside
 * another handler.
 */
export const metered = <Context extends HonoContext>(
  tollgate: GateSource,
  options: MeterOptions<Context>,
  handler: (c: Context, call: MeteredRoute) => Response | Promise<Response>,
): ((c: Context) => Promise<Response>) => {
  const guard = createGuard(tollgate, options)
  const { usageBlock = false } = options
  return (c) =>
    answeredBy(guard, arrivalOf(c), usageBlock, async (call) => {
      offer(c, call)
      return handler(c, call)
    })
}

const offer = (c: HonoContext, call: MeteredRoute): void => {
  c.set('hold', call.hold)
  c.set('tollgate', call)
}

const arrivalOf = <Context extends HonoContext>(c: Context): Arrival<Context> => {
  const { path, routePath: pattern } = c.req
  const endpoint = pattern === undefined || pattern.includes('*') ? path : pattern
  return new ArrivalOfHono(c, endpoint)
}

class ArrivalOfHono<Context extends HonoContext> implements Arrival<Context> {
  readonly request: Context
  readonly context = undefined
  readonly endpoint: string

  constructor(request: Context, endpoint: string) {
    this.request = request
    this.endpoint = endpoint
  }

  get method(): string {
    return this.request.req.method
  }

  /** A getter, because on Node creating the signal costs more than a decision. */
  get signal(): AbortSignal {
    return this.request.req.raw.signal
  }
}
