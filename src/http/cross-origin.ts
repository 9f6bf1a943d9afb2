import { ON_FAILURE_HEADER } from '../core/rate-limit-headers.ts'
import { CSRF_HEADER } from './authentication/same-site.ts'

/** The headers that a page of another origin may send, beside those always allowed. */
const TAKEN_HEADERS = [
  ...['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'last-event-id'],
  CSRF_HEADER,
].join(', ')

/** The answer headers that such a page may read, beside those always allowed. */
const SHOWN_HEADERS = [
  ...['content-disposition', 'etag', 'idempotency-replayed', 'location', 'ratelimit'],
  ...['ratelimit-policy', 'retry-after', ON_FAILURE_HEADER, 'www-authenticate'],
  ...['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'x-request-id'],
].join(', ')

/** How long a browser caches a preflight, so that not every call takes two requests. */
const PREFLIGHT_SECONDS = 600

export interface CrossOriginOptions {
  readonly allowedOrigins: readonly string[]
  /** The allowed origins whose pages may send a session's cookie. */
  readonly sessionOrigins: readonly string[]
  /** The methods of a path; empty for an unknown path. */
  readonly methodsAt: (path: string) => readonly string[]
}

export interface CrossOrigin {
  /** Answers a preflight of an allowed origin; undefined for any other request. */
  readonly preflight: (request: Request) => Response | undefined
  /** Adds the headers that let a page of an allowed origin read the answer. */
  readonly show: (request: Request, response: Response) => void
}

/**
 * Cross-origin resource sharing. Other origins get no such headers, so their pages can neither send
 * a credential nor read an answer.
 *
 * @throws TypeError if an allowed origin is invalid.
 */
export const crossOrigin = (options: CrossOriginOptions): CrossOrigin => {
  const allowed = new Set(options.allowedOrigins)
  for (const origin of allowed) {
    if (isOrigin(origin)) continue
    const text = JSON.stringify(origin)
    throw new TypeError(`allowedOrigins: ${text} is not an origin, such as https://app.example.com`)
  }
  const grant = (request: Request, { headers }: Response): boolean => {
    // Set in every case, so that a cache never serves one origin the answer for another.
    addVary(headers)
    const origin = request.headers.get('origin')
    if (origin === null) return false
    const isNamed = allowed.has(origin)
    if (!isNamed && !allowed.has('*')) return false
    headers.set('access-control-allow-origin', isNamed ? origin : '*')
    if (isNamed && options.sessionOrigins.includes(origin)) {
      headers.set('access-control-allow-credentials', 'true')
    }
    return true
  }
  return {
    preflight: (request) => {
      const isPreflight =
        request.method === 'OPTIONS' && request.headers.has('access-control-request-method')
      if (!isPreflight) return undefined
      const response = new Response(null, { status: 204 })
      if (!grant(request, response)) return undefined
      const methods = options.methodsAt(new URL(request.url).pathname)
      response.headers.set('access-control-allow-methods', (methods.length ? methods : ALL).join())
      response.headers.set('access-control-allow-headers', TAKEN_HEADERS)
      response.headers.set('access-control-max-age', String(PREFLIGHT_SECONDS))
      return response
    },
    show: (request, response) => {
      if (grant(request, response)) {
        response.headers.set('access-control-expose-headers', SHOWN_HEADERS)
      }
    },
  }
}

/** The methods for an unknown path, so that the page can read the 404. */
const ALL = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

const addVary = (headers: Headers): void => {
  const given = headers.get('vary')
  headers.set('vary', given === null ? 'origin' : `${given}, origin`)
}

/** True for an origin as browsers send it (no path, no default port, lower case), or `*`. */
export const isOrigin = (text: string): boolean =>
  text === '*' || (URL.canParse(text) && new URL(text).origin === text)
