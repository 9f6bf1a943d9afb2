import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request to the provider, and the progress of its answer. */
interface ProviderCall {
  readonly path: string
  readonly body: Record<string, unknown>
  readonly headers: IncomingMessage['headers']
  /** The number of stream events written. */
  sent: number
  /** Set if the other side closed before the end. */
  isCutOff: boolean
  /** Resolves when nothing more is written. */
  readonly over: Promise<void>
}

/** A provider's answer: status and body together, or events one after the other. */
export type ProviderAnswer =
  | { readonly status?: number; readonly json: unknown; readonly headers?: Record<string, string> }
  | {
      readonly events: readonly string[]
      /** Breaks the connection after this many events. */
      readonly breakAfter?: number
      /** Stops writing after this many, and waits for the reader to leave. */
      readonly pauseAfter?: number
      /** Joins this many events into one write. */
      readonly together?: number
      readonly everyMs?: number
    }

export interface FakeProvider {
  readonly url: string
  readonly calls: ProviderCall[]
  /** The answers to the next calls in order; the last one repeats. */
  answer: (...answers: ((body: Record<string, unknown>) => ProviderAnswer)[]) => void
  readonly close: () => Promise<void>
}

const PAUSE_MS = 2

/** A provider on this machine that uses the public wire formats. */
export const startFakeProvider = async (): Promise<FakeProvider> => {
  const calls: ProviderCall[] = []
  let answers: ((body: Record<string, unknown>) => ProviderAnswer)[] = []
  const server = createServer((request, response) => {
    void handle(request, response)
  })
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString('utf8')
    const isJson = (request.headers['content-type'] ?? '').includes('json')
    const body = isJson ? (JSON.parse(text) as Record<string, unknown>) : { form: text }
    let finish = () => {}
    const over = new Promise<void>((resolve) => {
      finish = resolve
    })
    const { url = '/', headers } = request
    const call: ProviderCall = { path: url, body, headers, sent: 0, isCutOff: false, over }
    calls.push(call)
    const next = answers.length > 1 ? answers.shift() : answers[0]
    if (!next) throw new Error('the provider was not told what to answer')
    await write(next(body), response, call)
    finish()
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    answer: (...given) => {
      answers = given
      calls.length = 0
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const write = async (
  answer: ProviderAnswer,
  response: ServerResponse,
  call: ProviderCall,
): Promise<void> => {
  if ('json' in answer) {
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/json',
      ...answer.headers,
    })
    response.end(JSON.stringify(answer.json))
    return
  }
  const closed = new Promise<void>((resolve) => {
    response.on('close', () => {
      call.isCutOff = !response.writableFinished
      resolve()
    })
  })
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const { breakAfter = Infinity, pauseAfter = Infinity, together = 1, everyMs = PAUSE_MS } = answer
  const { events } = answer
  for (let at = 0; at < events.length; at += together) {
    if (call.isCutOff) return
    if (call.sent >= breakAfter) {
      response.destroy()
      return
    }
    if (call.sent >= pauseAfter) {
      await closed
      return
    }
    const piece = events.slice(at, at + together)
    response.write(piece.join(''))
    call.sent += piece.length
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  response.end()
}
