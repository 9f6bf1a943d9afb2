import { createServer, type Server } from 'node:http'
import { type AddressInfo, Server as TcpServer } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { invalid } from '../contract/errors.ts'
import { createIds } from '../engine/ids.ts'
import type { Handler } from './handler.ts'
import { problemResponse } from './problem.ts'
import { answerUnparsed, isHostless, refuseHostless } from './refused-by-parser.ts'

/** Remembers the network address of each request. */
export interface ClientAddresses {
  readonly remember: (request: Request, address: string | undefined) => void
  /** The option `clientAddress` of `createHandler`. */
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
  /** 0: any free port. */
  readonly port: number
  readonly clientAddresses?: ClientAddresses
  /**
   * Generates request ids for requests that never reach the handler. Default: UUIDs of version 7.
   */
  readonly ids?: () => string
  /**
   * Once aborted, every answer closes its connection, so that clients reconnect to another process.
   */
  readonly stopping?: AbortSignal
  /** A client that does not read sent data for this long is disconnected. Default 30 s. */
  readonly stallMs?: number
  /** How long `close` waits for unfinished requests. Default 10 s. */
  readonly patienceMs?: number
}

export interface Listener {
  readonly host: string
  readonly port: number
  readonly url: string
  /**
   * Accepts no more connections and closes open ones with `Connection: close`. Resolves when every
   * received request has its answer, or when `patienceMs` is over and the rest was cut off. A
   * repeated call returns the same promise.
   */
  close(): Promise<void>
}

/**
 * Serves a handler over HTTP/1.1. Rejects when the address is unavailable. The adapter replaces the
 * global `Request` and `Response` by lighter ones, which doubles the throughput. Use it only in a
 * process that is nothing but a server.
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
      // HTTP/1.0, which some health probes use, allows a missing host.
      hostname: 'localhost',
      errorHandler: () => unreadable(ids()),
    },
  )
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => {
    // Otherwise Node would answer 400 without a body.
    if (isHostless(incoming)) void refuseHostless(outgoing, ids())
    else void listener(incoming, outgoing)
  })
  answerUnparsed(server, ids)
  // The timeout only matters while data waits to be sent, not while an answer is computed.
  server.setTimeout(options.stallMs ?? STALL_MS, (socket) => {
    if (socket.writableLength > 0) socket.destroy()
  })
  // Otherwise Node drops every header after the thousandth, such as those that a proxy appends. The
  // total size of 16 KiB bounds their number anyway.
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
 * How long an idle connection stays open. The next request may already be on its way, and closing
 * would reset it. Its answer then closes the connection.
 */
const LINGER_MS = 200
/** A client that sends its body very slowly must not prevent an orderly close. */
const PATIENCE_MS = 10_000
const STALL_MS = 30_000

/**
 * `close` of an HTTP server destroys idle connections, so `close` of a TCP server is called first.
 */
const stopped = (server: Server, patienceMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const deadline = setTimeout(() => server.closeAllConnections(), patienceMs)
    // `setImmediate` lets data that has arrived be read first; a busy loop runs timers before it.
    const sweep = setInterval(() => setImmediate(() => server.close()), LINGER_MS)
    TcpServer.prototype.close.call(server, (error) => {
      clearInterval(sweep)
      clearTimeout(deadline)
      if (error) reject(error)
      else resolve()
    })
  })

/** A request whose target or host is not a URL. It never became a `Request`. */
const unreadable = (requestId: string): Response => {
  const fault = { field: 'url', message: 'must be a valid request target with a valid host' }
  const headers = { 'x-request-id': requestId }
  return problemResponse(invalid(fault), { requestId, instance: '' }, {}, headers)
}
