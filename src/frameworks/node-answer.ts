import type { UsageBlock } from '../contract/decision.ts'
import type { Denial } from '../guard/denial.ts'
import type { Answered } from '../guard/metered.ts'

/** The used part of a `node:http` request. */
export interface NodeRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** The used part of a `node:http` answer. */
export interface NodeResponse {
  statusCode: number
  readonly writableFinished: boolean
  setHeader(name: string, value: string): unknown
  end(body?: string): unknown
  once(event: 'close' | 'finish', listener: () => void): unknown
}

/** An answer that is being written, watched to its end. */
export interface NodeAnswer {
  /**
   * Resolves when everything was handed to the network; rejects when the client disconnected
   * before.
   */
  readonly over: Promise<Answered>
  /** Aborts when the client disconnects before the end. */
  readonly signal: AbortSignal
  readonly hasLeft: boolean
  /** Announces the answer, so that its call is settled before the answer is written. */
  readonly will: (answer: Answered) => void
}

/**
 * Watches an answer from before its call is decided. Only `close` without `finish` shows a
 * disconnect: the request's own `close` comes as soon as its body was read.
 */
export const watched = (response: NodeResponse): NodeAnswer => new Watched(response)

/** A class, because objects with getters of their own are slow, and every request makes one. */
class Watched implements NodeAnswer {
  readonly over: Promise<Answered>
  hasLeft = false
  #leaving: AbortController | undefined
  #finish: (answer: Answered) => void = () => {}

  constructor(response: NodeResponse) {
    this.over = new Promise<Answered>((resolve, reject) => {
      this.#finish = resolve
      response.once('finish', () => resolve({ status: response.statusCode }))
      response.once('close', () => {
        if (response.writableFinished) return
        this.hasLeft = true
        reject(left())
        this.#leaving?.abort(left())
      })
    })
    // Nobody waits for the end of a refused answer.
    this.over.catch(ignored)
  }

  get signal(): AbortSignal {
    this.#leaving ??= new AbortController()
    if (this.hasLeft && !this.#leaving.signal.aborted) this.#leaving.abort(left())
    return this.#leaving.signal
  }

  will(answer: Answered): void {
    this.#finish(answer)
  }
}

const ignored = (): void => {}

const left = (): DOMException => new DOMException('the client disconnected', 'AbortError')

/** Writes the answer to a denied request. */
export const writeDenial = (response: NodeResponse, { status, headers, body }: Denial): void => {
  response.statusCode = status
  writeHeaders(response, headers)
  response.end(body)
}

export const writeHeaders = (
  response: NodeResponse,
  headers: Readonly<Record<string, string>>,
): void => {
  for (const name in headers) response.setHeader(name, headers[name] as string)
}

/** The path of a request without its query, which may contain private data. */
export const pathOf = (url = '/'): string => {
  const end = url.search(/[?#]/)
  return end < 0 ? url : url.slice(0, end)
}

/** Adds the usage block to a plain object that has none. */
export const withUsage = (body: unknown, usage: UsageBlock | undefined): unknown =>
  usage && isPlainObject(body) && !('usage' in body) ? { ...body, usage } : body

export const isPlainObject = (body: unknown): body is object =>
  typeof body === 'object' &&
  body !== null &&
  (Object.getPrototypeOf(body) === Object.prototype || Object.getPrototypeOf(body) === null)
