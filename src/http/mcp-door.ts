import { invalid, TollgateError } from '../contract/errors.ts'
import type { Principal } from '../contract/tenancy.ts'
import type { TollgateEngine } from '../contract/tollgate.ts'
import type { Plumbing } from '../engine/plumbing.ts'
import { READ_ONLY_HEADER } from '../mcp/desk.ts'
import type { McpEndpoint } from '../mcp/http-endpoint.ts'
import { CRON_HEADER } from './authentication/cron-secret.ts'
import { isJsonObject, parseJson } from './read-body.ts'
import { unauthenticated } from './unauthenticated.ts'

/** How assistants are served over the Model Context Protocol, at `/mcp`. */
export interface McpOptions {
  /** Also offers tools that change data, to keys with the right. Default: false. */
  readonly writes?: boolean
  /**
   * Host names of this server, beside those of this machine (`localhost`, `127.0.0.1`, `[::1]`),
   * such as `tollgate.example.com`. Without ports.
   */
  readonly hosts?: readonly string[]
}

interface McpDoorParts {
  readonly tollgate: TollgateEngine
  readonly plumbing: Plumbing
  /** Further origins whose pages may call it. */
  readonly allowedOrigins: readonly string[]
  readonly onInternal: (error: unknown, tool: string) => void
}

/** Answers messages of the protocol. */
export interface McpDoor {
  /**
   * Answers one message.
   *
   * @throws TollgateError if the request must not be answered at all.
   */
  readonly answer: (
    request: Request,
    body: string,
    caller: Principal | undefined,
    address: string | undefined,
  ) => Promise<Response>
}

/** Creates the endpoint. The protocol's code is loaded with the first message. */
export const createMcpDoor = (
  options: McpOptions | false | undefined,
  { tollgate, plumbing, allowedOrigins, onInternal }: McpDoorParts,
): McpDoor => {
  const { writes = false, hosts = [] } = options || {}
  const names = new Set([...LOCAL_NAMES, ...hosts.map((host) => host.toLowerCase())])
  let endpoint: Promise<McpEndpoint> | undefined
  const loaded = (): Promise<McpEndpoint> => {
    endpoint ??= import('../mcp/http-endpoint.ts')
      .then(({ createMcpEndpoint }) =>
        createMcpEndpoint({ plumbing, audit: tollgate.admin.audit, onInternal }),
      )
      .catch((error: unknown) => {
        // The next message tries again.
        endpoint = undefined
        throw error
      })
    return endpoint
  }
  return {
    answer: async (request, body, caller, address) => {
      if (options === false) {
        throw new TollgateError('not_found', {
          detail: "assistants are not served here: the server's operator can turn them on",
        })
      }
      requireKnownHost(request, names)
      requireKnownOrigin(request, allowedOrigins)
      // Any page can make a browser send a cookie. A key is sent only by those who have it.
      const { headers } = request
      if (!headers.has('authorization') && !headers.has(CRON_HEADER)) {
        throw unauthenticated(request, 'caller')
      }
      const message = messageOf(body)
      const mayWrite = writes && !headers.has(READ_ONLY_HEADER)
      const { answer } = await loaded()
      return answer(accepting(request), message, { caller, address, writes: mayWrite })
    },
  }
}

/** Sets `Accept` for clients that do not say what they accept. */
const accepting = ({ url, method, headers, signal }: Request): Request => {
  const given = new Headers(headers)
  if (!headers.has('accept') || headers.get('accept') === '*/*') {
    given.set('accept', 'application/json, text/event-stream')
  }
  return new Request(url, { method, headers: given, signal })
}

const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]']

/**
 * Refuses unknown host names, which may have been made to resolve to this machine (DNS rebinding).
 * Checks both the request target and the header `Host`.
 */
const requireKnownHost = (request: Request, names: ReadonlySet<string>): void => {
  const header = request.headers.get('host')
  const asked = [new URL(request.url).hostname, ...(header === null ? [] : [hostnameOf(header)])]
  if (asked.every((name) => name !== undefined && names.has(name))) return
  throw new TollgateError('forbidden', {
    detail:
      'Host: is not a name by which assistants may reach this server; its operator can add it ' +
      'to `mcp.hosts` or TOLLGATE_MCP_HOSTS',
  })
}

const hostnameOf = (host: string): string | undefined =>
  URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined

/** Clients that are not browsers send no origin. */
const requireKnownOrigin = (request: Request, allowed: readonly string[]): void => {
  const origin = request.headers.get('origin')
  if (origin === null || allowed.includes(origin)) return
  const isOwn = URL.canParse(origin) && new URL(origin).host === new URL(request.url).host
  if (isOwn) return
  throw new TollgateError('forbidden', {
    detail: "Origin: is neither this server's own nor an allowed one",
  })
}

/** Accepts a single message, as the protocol requires. A batch would count as one call. */
const messageOf = (body: string): object => {
  const message = parseJson(body)
  if (isJsonObject(message)) return message
  throw invalid({ field: 'body', message: 'must be one JSON-RPC message, as an object' })
}
