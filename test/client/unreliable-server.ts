import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import type { Handler } from '../../src/server.ts'

/** The outcome of one request: an answer, or a failure on the way. */
type Mishap =
  /** The server's own answer; the engine never sees the request. */
  | { readonly answer: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  /** The engine handles it, and the connection breaks before the answer. */
  | 'reset after'
  /** The connection breaks before the request is handled. */
  | 'reset before'
  /** The engine handles it, and the answer never arrives. */
  | 'hang after'

interface Seen {
  readonly method: string
  readonly path: string
  readonly key: string
  readonly body: Record<string, unknown>
}

export interface UnreliableServer {
  readonly url: string
  /** All requests in order. */
  readonly seen: Seen[]
  /** The outcomes of the next requests. The engine answers all later ones. */
  readonly next: (...mishaps: readonly Mishap[]) => void
  /** Clears the seen requests and the planned outcomes. */
  readonly reset: () => void
}

/** A real server on a real socket in front of a handler. */
export const unreliableServer = (handler: () => Handler): (() => UnreliableServer) => {
  const mishaps: Mishap[] = []
  const seen: Seen[] = []
  let url = ''
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const request = await requestOf(incoming, url)
    const text = request.method === 'GET' ? '' : await request.clone().text()
    seen.push({
      method: request.method,
      path: new URL(request.url).pathname,
      key: request.headers.get('authorization')?.replace('Bearer ', '') ?? '',
      body: text === '' ? {} : JSON.parse(text),
    })
    const mishap = mishaps.shift()
    if (mishap === 'reset before') return void incoming.socket.destroy()
    if (typeof mishap === 'object') {
      outgoing.writeHead(mishap.answer, { 'content-type': 'application/json', ...mishap.headers })
      return void outgoing.end(JSON.stringify(mishap.body ?? {}))
    }
    const response = await handler()(request)
    if (mishap === 'hang after') return
    if (mishap === 'reset after') return void incoming.socket.destroy()
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    outgoing.end(await response.text())
  }
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing))
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return () => ({
    url,
    seen,
    next: (...more) => void mishaps.push(...more),
    reset: () => {
      seen.length = 0
      mishaps.length = 0
    },
  })
}

const requestOf = async (incoming: IncomingMessage, url: string): Promise<Request> => {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { method = 'GET', headers } = incoming
  return new Request(url + incoming.url, {
    method,
    headers: Object.entries(headers).map(([name, value]) => [name, String(value)]),
    body: method === 'GET' || method === 'DELETE' ? undefined : Buffer.concat(chunks),
  })
}
