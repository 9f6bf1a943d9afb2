import type { CallOptions } from '../contract/call.ts'
import { TollgateError } from '../contract/errors.ts'
import { errorOf, parsed } from './answers.ts'
import type { SentRequest } from './request.ts'
import { waitMs } from './retries.ts'
import type { WireOperation } from './wire-operation.ts'

export interface TransportOptions {
  /** The URL of Tollgate, such as `https://tollgate.example.com`. */
  readonly url: string
  /**
   * A service key, an API key of an organization, or the admin key; or a function that returns one.
   * After a 401, the function is called again with the refused key.
   */
  readonly key: string | ((refused?: string) => string | Promise<string>)
  /** Replaces the platform's `fetch`. */
  readonly fetch?: typeof fetch
  /** The time limit of each attempt. Default 30,000. */
  readonly timeoutMs?: number
  /** How often a repeatable call is retried. Default 2. */
  readonly retries?: number
  /** Waits between attempts. Default: a timer. */
  readonly wait?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>
}

/** How the client got an answer: request id, status and retries. */
export interface ResponseInfo {
  /** The `X-Request-Id`, for support requests to the server's operator. */
  readonly requestId: string
  readonly status: number
  /** The number of retries. */
  readonly retries: number
  /**
   * For an allowed `track` or `reserve`: whether a similar call is allowed (`open` or `closed`)
   * while Tollgate is unreachable. Absent if the server did not say.
   */
  readonly onFailure?: string
}

/** The hidden property that stores an answer's `ResponseInfo`. */
const RESPONSE = Symbol('tollgate.response')

/** Returns how the client got an answer; `undefined` for any other object. */
export const responseOf = (answer: object): ResponseInfo | undefined =>
  (answer as { readonly [RESPONSE]?: ResponseInfo })[RESPONSE]

type Send = (operation: WireOperation, sent: SentRequest, options: CallOptions) => Promise<unknown>

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_RETRIES = 2

/** Creates a function that sends requests, retries where that is safe, and returns the answers. */
export const createTransport = (options: TransportOptions): Send => {
  const { origin, pathname } = new URL(options.url)
  const base = (origin + pathname).replace(/\/+$/, '')
  const keyInPlaceOf = keysOf(options.key)
  const wait = options.wait ?? sleep

  const attempt = async (
    operation: WireOperation,
    sent: SentRequest,
    { signal, timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS }: CallOptions,
    key: string,
    retries: number,
  ): Promise<Outcome> => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    try {
      const response = await (options.fetch ?? fetch)(base + sent.path, {
        method: operation.method,
        headers: {
          ...sent.headers,
          accept: operation.accept ?? 'application/json',
          authorization: `Bearer ${key}`,
        },
        body: sent.body,
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      })
      // Only the start of a stream is timed, because its duration is unknown.
      return operation.stream && response.ok && response.body
        ? { response, answer: operation.stream(response.body) }
        : outcomeOf(operation, response, await response.text(), retries)
    } catch (cause) {
      signal?.throwIfAborted()
      const error = late.signal.aborted
        ? new TollgateError('timed_out', { detail: `no answer within ${timeoutMs} ms`, cause })
        : new TollgateError('unavailable', { detail: 'Tollgate cannot be reached', cause })
      return { error }
    } finally {
      clearTimeout(timer)
    }
  }

  return async (operation, sent, given) => {
    const most = operation.isOnce ? 0 : (given.retries ?? options.retries ?? DEFAULT_RETRIES)
    let key = await keyInPlaceOf()
    let isRefreshed = false
    for (let retries = 0; ; ) {
      const { answer, error, response } = await attempt(operation, sent, given, key, retries)
      if (!error) return answer
      // The server did nothing for an unknown key, so this is not a repetition.
      if (error.code === 'unauthenticated' && !isRefreshed) {
        isRefreshed = true
        const fresh = await keyInPlaceOf(key)
        if (fresh !== key) {
          key = fresh
          continue
        }
      }
      const delayMs = retries < most ? waitMs(error, response, retries) : undefined
      if (delayMs === undefined) {
        // The gate could not check a closed limit, so the call is refused.
        if (answer) return answer
        throw error
      }
      await wait(delayMs, given.signal)
      retries += 1
    }
  }
}

/** How an attempt ended. A refusal because the gate could not decide is both. */
interface Outcome {
  readonly response?: Response
  readonly answer?: unknown
  readonly error?: TollgateError | undefined
}

const outcomeOf = (
  operation: WireOperation,
  response: Response,
  text: string,
  retries: number,
): Outcome => {
  const { headers, ok, status } = response
  const value = parsed(text)
  const document = isObject(value) ? value : {}
  // If its store is unreachable, the server sends a 503 with a decision. Callers get the decision
  // as a refusal.
  const refusal = !ok && isObject(document.decision) && document.decision
  if (!refusal && (!ok || value === undefined)) {
    return { response, error: errorOf(response, document) }
  }
  const plain = refusal || (operation.wrap ? document[operation.wrap] : value)
  const answer = operation.isReplayable
    ? { ...(plain as object), replayed: headers.get('idempotency-replayed') === 'true' }
    : plain
  if (isObject(answer)) {
    const info: ResponseInfo = {
      requestId: headers.get('x-request-id') ?? '',
      status,
      retries,
      onFailure: headers.get('tollgate-on-failure') ?? undefined,
    }
    Object.defineProperty(answer, RESPONSE, { value: info })
  }
  return { response, answer, error: status === 503 ? errorOf(response, document) : undefined }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Keeps the current key and refreshes it. Concurrent calls share one refresh. */
const keysOf = (key: TransportOptions['key']) => {
  if (typeof key === 'string') checkedKey(key)
  let current: Promise<string> | undefined
  const ask = (refused?: string): Promise<string> => {
    const asked = Promise.resolve(typeof key === 'string' ? key : key(refused)).then(checkedKey)
    current = asked
    asked.catch(() => {
      if (current === asked) current = undefined
    })
    return asked
  }
  return async (refused?: string): Promise<string> => {
    const now = await (current ?? ask(refused))
    return now === refused ? ask(refused) : now
  }
}

const checkedKey = (key: string): string => {
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new TypeError('key: is not a key of Tollgate')
}

const sleep = (delayMs: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      if (signal?.aborted) reject(signal.reason)
      else resolve()
    }
    const timer = setTimeout(end, delayMs)
    signal?.addEventListener('abort', end)
    if (signal?.aborted) end()
  })
