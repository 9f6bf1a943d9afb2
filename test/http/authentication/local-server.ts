import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

export interface LocalServer {
  readonly url: string
  /** The requests, in order. */
  readonly asked: string[]
  /** The answer from now on. */
  answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** Listens on this machine until the file's tests end. */
export const localServer = async (answer: LocalServer['answer']): Promise<LocalServer> => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    local.answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const local: LocalServer = { url: `http://127.0.0.1:${port}`, asked, answer }
  return local
}

export const answerJson =
  (value: unknown): LocalServer['answer'] =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
