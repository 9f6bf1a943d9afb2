import type { ClientAddress } from './authentication/client-address.ts'

const LOOPBACK_ADDRESS = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/
const LOOPBACK_HOST = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * What clients send of themselves. Proxies tell whom they ask for under many names, and make up
 * new ones: so it is not for us to know those, and whatever is not in here may be one.
 */
const HEADERS_OF_CLIENTS = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'authorization'],
  ...['cache-control', 'connection', 'content-length', 'content-type', 'cookie', 'dnt', 'expect'],
  ...['host', 'idempotency-key', 'keep-alive', 'origin', 'postman-token', 'pragma', 'priority'],
  ...['referer', 'te', 'transfer-encoding', 'upgrade-insecure-requests', 'user-agent'],
  ...['x-requested-with', 'x-tollgate-csrf'],
])
/** Browsers alone may send these, and say by them how a page came to ask. */
const HEADERS_OF_BROWSERS = /^sec-/

/**
 * Why a request may not be one that a client on this machine has sent to this very server; undefined
 * where nothing speaks against it. A proxy on this machine makes everybody local, and so does a web
 * page in a browser on it, whose name was made to mean this machine.
 */
export const whyNotLocal = (
  request: Request,
  clientAddress: ClientAddress | undefined,
): string | undefined => {
  const { headers } = request
  const address = clientAddress?.(request)
  if (address === undefined || !LOOPBACK_ADDRESS.test(address)) return 'this connection is not'
  const { host, hostname } = new URL(request.url)
  const named = headers.get('host')
  if (!LOOPBACK_HOST.test(hostname) || (named !== null && !isLoopback(named))) {
    return 'the Host of this request is not'
  }
  for (const name of headers.keys()) {
    if (!HEADERS_OF_CLIENTS.has(name) && !HEADERS_OF_BROWSERS.test(name)) {
      return `a proxy may have sent the header ${name}`
    }
  }
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOwnPage = origin === null || (URL.canParse(origin) && new URL(origin).host === host)
  const isOwnSite = site === null || site === 'same-origin' || site === 'none'
  return isOwnPage && isOwnSite ? undefined : 'the page that sent this is of another origin'
}

const isLoopback = (host: string): boolean =>
  URL.canParse(`http://${host}`) && LOOPBACK_HOST.test(new URL(`http://${host}`).hostname)
