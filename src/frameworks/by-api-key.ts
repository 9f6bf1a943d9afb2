import type { TollgateEngine } from '../contract/tollgate.ts'
import type { Right } from '../core/rights.ts'
import type { Identity } from '../guard/options.ts'
import type { AuthenticationOptions } from '../http/authentication/authentication.ts'
import type { Authorization } from '../http/authentication/authorization.ts'
import type { NodeRequest } from './node-answer.ts'

/** A request of any of the frameworks. */
export type KeyedRequest =
  | Request
  | (NodeRequest & { readonly socket?: { readonly remoteAddress?: string | undefined } })
  | { readonly req: { readonly raw: Request } }

export interface ByApiKeyOptions {
  /** The right that the key must have. Default: `gate.use`. */
  readonly right?: Right
  /** The number of your own proxies that add to `X-Forwarded-For`. */
  readonly trustProxyHops?: number
}

/**
 * The engine, a promise of it, or a function that returns it. A client will not do, because it
 * cannot identify a key's owner.
 */
export type EngineSource =
  | TollgateEngine
  | Promise<TollgateEngine>
  | (() => TollgateEngine | Promise<TollgateEngine>)

/**
 * Identifies callers by API keys from `tollgate.apiKeys`: `Authorization: Bearer tg_…`. Without a
 * valid key the answer is 401, without the right 403, and after too many wrong keys 429.
 *
 * @example
 * ```ts
 * import express from 'express'
 * import { createTollgate } from 'tollgate'
 * import { byApiKey, meter } from 'tollgate/express'
 *
 * const tollgate = await createTollgate({ database: 'memory' })
 * const gate = meter(tollgate, { eventType: 'api_call', identify: byApiKey(tollgate) })
 * express().get('/answers', gate, (req, res) => res.json({ for: req.tollgate?.organizationId }))
 * ```
 */
export const byApiKey = (
  tollgate: EngineSource,
  { right, trustProxyHops }: ByApiKeyOptions = {},
): ((request: KeyedRequest) => Promise<Identity>) => {
  const known = new WeakMap<TollgateEngine, Promise<Authorization>>()
  const addresses = new WeakMap<Request, string>()
  const authorizationOf = (engine: TollgateEngine): Promise<Authorization> => {
    const made =
      known.get(engine) ??
      authorization(engine, { clientAddress: (request) => addresses.get(request), trustProxyHops })
    known.set(engine, made)
    return made
  }
  return async (given) => {
    const request = requestOf(given)
    const address = addressOf(given)
    if (address !== undefined) addresses.set(request, address)
    const engine = await (typeof tollgate === 'function' ? tollgate() : tollgate)
    const { requireApiKey } = await authorizationOf(engine)
    const { organizationId, apiKeyId, actor } = await requireApiKey(request, right)
    return { organizationId, apiKeyId, actor }
  }
}

/** Loaded on first use, because the entry points themselves need no Node. */
const authorization = async (
  engine: TollgateEngine,
  options: AuthenticationOptions,
): Promise<Authorization> => {
  const { createAuthorization } = await import('../http/authentication/authorization.ts')
  return createAuthorization(engine, options)
}

const requestOf = (given: KeyedRequest): Request => {
  if (given instanceof Request) return given
  if (!('headers' in given)) return given.req.raw
  const headers = new Headers()
  for (const [name, value] of Object.entries(given.headers)) {
    for (const one of [value].flat()) if (one !== undefined) headers.append(name, one)
  }
  return new Request('http://localhost/', { headers })
}

const addressOf = (given: KeyedRequest): string | undefined =>
  'socket' in given ? given.socket?.remoteAddress : undefined
