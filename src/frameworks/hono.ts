/**
 * Hono: `app.post('/chat', meter(tollgate, { eventType, identify }), handler)`.
 * @module
 */
import type { RunHold } from '../contract/hold.ts'
import type { TollgateRefusal } from '../decision/refusal.ts'
import { isNamed } from '../guard/denial.ts'
import { createGuard } from '../guard/guard.ts'
import type { Arrival, Metered } from '../guard/metered.ts'
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

/** What is set on the context: `new Hono<{ Variables: MeterVariables }>()`. */
export interface MeterVariables {
  /** What the route holds, in the mode `reserve`. */
  hold: RunHold | undefined
  /** The call that is being served. */
  tollgate: Metered
}

/** What of Hono's context is used. */
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
 * Middleware before a route's handler, which then has `c.get('hold')` (mode `reserve`) and
 * `c.get('tollgate')`. Who is not let in is answered with problem+json.
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
      // What the handler threw is an answer by now; a refusal that nobody looked after is ours.
      if (isNamed<TollgateRefusal>(c.error, 'TollgateRefusal') && c.res.status === 500)
        throw c.error
      return c.res
    })
    if (answer === c.res) return
    // Or the headers of the answer before it would be added to it.
    c.res = undefined as unknown as Response
    c.res = answer
  }
}

/**
 * A handler behind the same, which is given the call beside the context: to wrap a handler where it
 * is written, or to be called in line, inside another one.
 */
export const metered = <Context extends HonoContext>(
  tollgate: GateSource,
  options: MeterOptions<Context>,
  handler: (c: Context, call: Metered) => Response | Promise<Response>,
): ((c: Context) => Promise<Response>) => {
  const guard = createGuard(tollgate, options)
  const { usageBlock = false } = options
  return (c) =>
    answeredBy(guard, arrivalOf(c), usageBlock, async (call) => {
      offer(c, call)
      return handler(c, call)
    })
}

const offer = (c: HonoContext, call: Metered): void => {
  c.set('hold', call.hold)
  c.set('tollgate', call)
}

const arrivalOf = <Context extends HonoContext>(c: Context): Arrival<Context> => {
  const { req } = c
  const { path, routePath: pattern } = req
  return {
    request: c,
    context: undefined,
    method: req.method,
    endpoint: pattern === undefined || pattern.includes('*') ? path : pattern,
    // On Node it is made when it is read, which costs more than a decision.
    get signal() {
      return req.raw.signal
    },
  }
}
