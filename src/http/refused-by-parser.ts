import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { invalid, TollgateError } from '../contract/errors.ts'
import { problemResponse } from './problem.ts'

/**
 * Answers requests that Node's parser refuses. They never become a `Request`, so the problem
 * document is written to the connection itself, which then closes.
 */
export const answerUnparsed = (server: Server, ids: () => string): void => {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const { _httpMessage: begun } = socket as { _httpMessage?: { headersSent?: boolean } }
    // Part of an answer was already sent, or nobody can read another one.
    if (!socket.writable || begun?.headersSent || error.code === 'ECONNRESET') {
      socket.destroy()
      return
    }
    void write(socket, problemOf(refusalOf(error.code), ids()))
  })
  // An unknown expectation may be ignored (RFC 9110, 10.1.1).
  server.on('checkExpectation', (incoming: IncomingMessage, outgoing: ServerResponse) => {
    server.emit('request', incoming, outgoing)
  })
}

/** True when an HTTP/1.1 request lacks its required host. */
export const isHostless = ({ headers, httpVersion }: IncomingMessage): boolean =>
  headers.host === undefined && httpVersion === '1.1'

export const refuseHostless = async (
  outgoing: ServerResponse,
  requestId: string,
): Promise<void> => {
  const fault = { field: 'Host', message: 'is required by HTTP/1.1' }
  const response = problemOf(invalid(fault), requestId)
  const headers = { ...Object.fromEntries(response.headers), connection: 'close' }
  outgoing.writeHead(response.status, headers).end(await response.text())
}

const refusalOf = (code: string | undefined): TollgateError => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new TollgateError('headers_too_large')
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new TollgateError('body_too_large')
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new TollgateError('incomplete')
    default:
      return invalid({ field: 'request', message: `is not HTTP/1.1 (${code ?? 'unreadable'})` })
  }
}

const problemOf = (error: TollgateError, requestId: string): Response =>
  problemResponse(error, { requestId, instance: '' }, {}, { 'x-request-id': requestId })

const write = async (socket: Socket, response: Response): Promise<void> => {
  const body = await response.text()
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`)
  const head = [
    `HTTP/1.1 ${response.status} ${STATUS_CODES[response.status]}`,
    ...headers,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
