import type { TollgateEngine } from '../contract/tollgate.ts'
import { type ByApiKeyOptions, byApiKey } from '../frameworks/by-api-key.ts'
import type { Metered } from '../guard/metered.ts'
import type { MeterOptions } from '../guard/options.ts'
import { serveGuarded } from './guarded-handler.ts'
import type { Source } from './source.ts'

export interface WithApiKeyOptions
  extends Partial<Omit<MeterOptions<Request>, 'identify'>>,
    ByApiKeyOptions {}

/**
 * Wraps a handler for callers with an API key of Tollgate (`Authorization: Bearer tg_…`). It
 * identifies the caller, decides, records, and sets `RateLimit`, `X-RateLimit-…` and `Retry-After`.
 * Each request is one event of `eventType`, by default `api_call`.
 */
export type WithApiKey = <Rest extends readonly unknown[]>(
  handler: (request: Request, call: Metered, ...rest: Rest) => Response | Promise<Response>,
  options?: WithApiKeyOptions,
) => (request: Request, ...rest: Rest) => Promise<Response>

export const withApiKeyOf =
  (source: Source<TollgateEngine>): WithApiKey =>
  (handler, { right, trustProxyHops, eventType = 'api_call', ...options } = {}) => {
    const identify = byApiKey(source, { right, trustProxyHops })
    return (request, ...rest) =>
      serveGuarded(source, { ...options, eventType, identify }, request, (call) =>
        handler(request, call, ...rest),
      )
  }
