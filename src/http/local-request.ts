import type { ClientAddress } from './authentication/client-address.ts'

const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * The headers that clients send themselves. Proxies announce clients under many names and invent
 * new ones, so any header that is not listed may come from a proxy.
 */
const HEADERS_OF_CLIENTS = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'authorization'],
  ...['cache-control', 'connection', 'content-length', 'content-type', 'cookie', 'dnt', 'expect'],
  ...['host', 'idempotency-key', 'keep-alive', 'origin', 'postman-token', 'pragma', 'priority'],
  ...['referer', 'te', 'transfer-encoding', 'upgrade-insecure-requests', 'user-agent'],
  ...['x-requested-with', 'x-tollgate-csrf'],
])
/** Only browsers may send these. They show how a page made the request. */
const HEADERS_OF_BROWSERS = /^sec-/

/**
 * Explains why a request may not come directly from a client on this machine; undefined when
 * nothing suggests that. A proxy on this machine makes every client look local. So does a web page
 * whose name resolves to this machine.
 */
export const whyNotLocal = (
  request: Request,
  clientAddress: ClientAddress | undefined,
): string | undefined => {
  const { headers } = request
  const address = clientAddress?.(request)
  if (address === undefined || !LOOPBACK_ADDRESS.test(address))
    return 'the connection does not come from this machine'
  const { host, hostname } = new URL(request.url)
  const named = headers.get('host')
  if (!LOOPBACK_HOST.test(hostname) || (named !== null && !isLoopback(named))) {
    return 'the Host of the request is not this machine'
  }
  for (const name of headers.keys()) {
    if (!HEADERS_OF_CLIENTS.has(name) && !HEADERS_OF_BROWSERS.test(name)) {
      return `the header ${name} may come from a proxy`
    }
  }
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOwnPage = origin === null || (URL.canParse(origin) && new URL(origin).host === host)
  const isOwnSite = site === null || site === 'same-origin' || site === 'none'
  return isOwnPage && isOwnSite ? undefined : 'the request comes from a page of another origin'
}

const isLoopback = (host: string): boolean =>
  URL.canParse(`http://${host}`) && LOOPBACK_HOST.test(new URL(`http://${host}`).hostname)
