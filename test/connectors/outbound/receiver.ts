import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A received request. */
export interface Received {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly path: string
  /** Of the other side: the same on the same connection. */
  readonly fromPort: number | undefined
}

type Answer = (response: ServerResponse, request: Received, asked: IncomingMessage) => void

export interface Receiver {
  readonly url: string
  readonly port: number
  readonly received: Received[]
  /** Sets the answers from now on. */
  answer: Answer
  close(): Promise<void>
  /** Listens again at the same port after it was closed. */
  reopen(): Promise<void>
}

export const answers =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (response) =>
    void response.writeHead(status, headers).end(body)

/** A server on this machine that stores its requests, and answers as the test sets. */
export const openReceiver = async (port = 0): Promise<Receiver> => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { headers, url: path = '' } = request
      const body = Buffer.concat(parts).toString('utf8')
      const fromPort = request.socket.remotePort
      const one = { headers: headers as Record<string, string>, body, path, fromPort }
      received.push(one)
      receiver.answer(response, one, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: open } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http://127.0.0.1:${open}/hooks`,
    port: open,
    received,
    answer: answers(200),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
    reopen: () => new Promise((resolve) => server.listen(open, '127.0.0.1', resolve)),
  }
  return receiver
}
