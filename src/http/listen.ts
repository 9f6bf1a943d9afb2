import { createServer, type Server } from 'node:http'
import { type AddressInfo, Server as TcpServer } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { invalid } from '../contract/errors.ts'
import { createIds } from '../engine/ids.ts'
import type { Handler } from './handler.ts'
import { problemResponse } from './problem.ts'
import { answerUnparsed, isHostless, refuseHostless } from './refused-by-parser.ts'

/** Remembers which address a request came from, for as long as the request lives. */
export interface ClientAddresses {
  readonly remember: (request: Request, address: string | undefined) => void
  /** For `clientAddress` of `createHandler`. */
  readonly of: (request: Request) => string | undefined
}

export const createClientAddresses = (): ClientAddresses => {
  const addresses = new WeakMap<Request, string>()
  return {
    remember: (request, address) => {
      if (address !== undefined) addresses.set(request, address)
    },
    of: (request) => addresses.get(request),
  }
}

export interface ListenOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly clientAddresses?: ClientAddresses
  /** Makes the request ids of what never reaches the handler; UUIDs of version 7 by default. */
  readonly ids?: () => string
  /** Once aborted, every answer ends its connection, so that the next one is made elsewhere. */
  readonly stopping?: AbortSignal
  /** A client that has taken nothing of what was sent for so long is cut off; 30 s by default. */
  readonly stallMs?: number
  /** How long `close` waits for requests that do not end, or never become whole; 10 s by default. */
  readonly patienceMs?: number
}

export interface Listener {
  readonly host: string
  readonly port: number
  readonly url: string
  /**
   * Takes no more connections, tells those that are open to end with `Connection: close`, and
   * resolves when every request that had been sent has its answer, or patience is at an end and
   * what is still open has been cut off. Again: the same promise.
   */
  close(): Promise<void>
}

/**
 * Serves a handler over HTTP/1.1; rejects when the address cannot be had. The adapter replaces the
 * global `Request` and `Response` by lighter ones, which doubles the calls answered in a second:
 * meant for a process that is a server and nothing else.
 */
export const listen = async (handler: Handler, options: ListenOptions): Promise<Listener> => {
  const ids = options.ids ?? createIds()
  let closing: Promise<void> | undefined
  const listener = getRequestListener(
    async (request, { incoming }) => {
      options.clientAddresses?.remember(request, incoming.socket.remoteAddress)
      const response = await handler(request)
      if (closing || options.stopping?.aborted) response.headers.set('connection', 'close')
      return response
    },
    {
      // HTTP/1.0, as some probes of health speak it, may leave out the host.
      hostname: 'localhost',
      errorHandler: () => unreadable(ids()),
    },
  )
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    // Left to Node, it would be a 400 of no content.
    if (isHostless(incoming)) void refuseHostless(outgoing, ids())
    else void listener(incoming, outgoing)
  })
  answerUnparsed(server, ids)
  // While an answer is worked out nothing waits to be sent, however long that takes.
  server.setTimeout(options.stallMs ?? STALL_MS, (socket) => {
    if (socket.writableLength > 0) socket.destroy()
  })
  // Or Node drops what comes after the thousandth header, such as what a proxy adds at the end.
  // How many there can be, the size of all of them says, which is at most 16 KiB.
  server.maxHeadersCount = 0
  await started(server, options)
  const { address: host, port } = server.address() as AddressInfo
  return {
    host,
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () => {
      closing ??= stopped(server, options.patienceMs ?? PATIENCE_MS)
      return closing
    },
  }
}

const started = (server: Server, { host, port }: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })

/**
 * How long a connection that looks idle stays open: the next request may be under way on it
 * already, and would be met with a reset. Its answer then ends the connection.
 */
const LINGER_MS = 200
/** One client that trickles its body in must not keep the store from being closed in order. */
const PATIENCE_MS = 10_000
const STALL_MS = 30_000

/** `close` of an HTTP server destroys the idle connections, so that of a TCP server comes first. */
const stopped = (server: Server, patienceMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => server.closeAllConnections(), patienceMs)
    // After what has already arrived was read: a loop that was busy takes its timers first.
    const sweep = setInterval(() => setImmediate(() => server.close()), LINGER_MS)
    TcpServer.prototype.close.call(server, (error) => {
      clearInterval(sweep)
      clearTimeout(deadline)
      if (error) reject(error)
      else resolve()
    })
  })

/** A request whose target or host is not a URL; it never became a `Request`. */
const unreadable = (requestId: string): Response => {
  const fault = { field: 'url', message: 'must be a valid request target with a valid host' }
  const headers = { 'x-request-id': requestId }
  return problemResponse(invalid(fault), { requestId, instance: '' }, {}, headers)
}
