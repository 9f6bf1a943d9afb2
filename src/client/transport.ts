import type { CallOptions } from '../contract/call.ts'
import { TollgateError } from '../contract/errors.ts'
import { errorOf, parsed, unreachable } from './answers.ts'
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
  const base = baseOf(options.url)
  const keys = keysOf(options.key)
  const wait = options.wait ?? sleep

  const attempt = async (
    operation: WireOperation,
    sent: SentRequest,
    { signal, timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS }: CallOptions,
    key: string,
  ): Promise<Attempt> => {
    const isStream = operation.form === 'lines' || operation.form === 'events'
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    try {
      const response = await (options.fetch ?? fetch)(base + sent.path, {
        method: operation.method,
        headers: {
          ...sent.headers,
          accept: operation.form === 'events' ? 'text/event-stream' : 'application/json',
          authorization: `Bearer ${key}`,
        },
        body: sent.body,
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      })
      // Only the start of a stream is timed, because its duration is unknown.
      if (isStream && response.ok && response.body) return { response, stream: response.body }
      return { response, text: await response.text() }
    } catch (cause) {
      signal?.throwIfAborted()
      return { failure: late.signal.aborted ? timedOut(timeoutMs, cause) : unreachable(cause) }
    } finally {
      clearTimeout(timer)
    }
  }

  return async (operation, sent, given) => {
    const most =
      operation.repeat === 'never' ? 0 : (given.retries ?? options.retries ?? DEFAULT_RETRIES)
    let key = await keys.get()
    let isRefreshed = false
    for (let retries = 0; ; ) {
      const got = await attempt(operation, sent, given, key)
      const outcome = await outcomeOf(operation, got, retries)
      if (!(outcome instanceof TollgateError)) {
        // The gate could not check a closed limit. It may be able to a little later.
        const isAway = got.response?.status === 503 && retries < most
        const delayMs = isAway
          ? waitMs(errorOf(got.response, {}), got.response, retries)
          : undefined
        if (delayMs === undefined) return outcome
        await wait(delayMs, given.signal)
        retries += 1
        continue
      }
      // The server did nothing for an unknown key, so this is not a repetition.
      if (outcome.code === 'unauthenticated' && !isRefreshed && keys.canRefresh) {
        isRefreshed = true
        const fresh = await keys.refresh(key)
        if (fresh !== key) {
          key = fresh
          continue
        }
      }
      const delayMs = waitMs(outcome, got.response, retries)
      if (retries >= most || delayMs === undefined) throw outcome
      await wait(delayMs, given.signal)
      retries += 1
    }
  }
}

interface Attempt {
  readonly response?: Response
  readonly text?: string
  readonly stream?: ReadableStream<Uint8Array>
  readonly failure?: TollgateError
}

/** Returns the answer, or the error: the caller decides whether to retry or to throw it. */
const outcomeOf = async (
  operation: WireOperation,
  got: Attempt,
  retries: number,
): Promise<unknown> => {
  const { response, stream, text = '', failure } = got
  if (!response) return failure
  if (stream) {
    const { eventsOf, linesOf, updatesOf } = await import('./lines.ts')
    const lines = linesOf(stream)
    return operation.form === 'events' ? updatesOf(lines) : eventsOf(lines)
  }
  const value = parsed(text)
  const problem = isObject(value) ? value : {}
  const isAnswer = response.ok && value !== undefined
  // If its store is unreachable, the server sends a 503 with a decision. Callers get the decision
  // as a refusal.
  const isRefusal = !response.ok && isObject(problem.decision)
  if (!isAnswer && !isRefusal) return errorOf(response, problem)
  const plain = isRefusal ? problem.decision : operation.wrap ? problem[operation.wrap] : value
  const answer =
    REPLAYABLE.has(operation.form ?? '') && operation.repeat !== 'read'
      ? { ...(plain as object), replayed: response.headers.get('idempotency-replayed') === 'true' }
      : plain
  if (isObject(answer)) {
    const requestId = response.headers.get('x-request-id') ?? ''
    const onFailure = response.headers.get('tollgate-on-failure') ?? undefined
    const info: ResponseInfo = { requestId, status: response.status, retries, onFailure }
    Object.defineProperty(answer, RESPONSE, { value: info })
  }
  return answer
}

const REPLAYABLE = new Set(['decision', 'replayable'])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const timedOut = (timeoutMs: number, cause: unknown): TollgateError =>
  new TollgateError('timed_out', { detail: `no answer within ${timeoutMs} ms`, cause })

/** Keeps the current key and refreshes it. Concurrent calls share one refresh. */
const keysOf = (key: TransportOptions['key']) => {
  if (typeof key === 'string') {
    const checked = checkedKey(key)
    return { canRefresh: false, get: async () => checked, refresh: async () => checked }
  }
  let current: Promise<string> | undefined
  const ask = (refused?: string): Promise<string> => {
    const asked = Promise.resolve(key(refused)).then(checkedKey)
    current = asked
    asked.catch(() => {
      if (current === asked) current = undefined
    })
    return asked
  }
  return {
    canRefresh: true,
    get: () => current ?? ask(),
    refresh: async (refused: string) => {
      const now = await (current ?? ask(refused))
      return now === refused ? ask(refused) : now
    },
  }
}

const checkedKey = (key: string): string => {
  if (/^[\x21-\x7e]+$/.test(key)) return key
  throw new TypeError('key: is not a key of Tollgate')
}

/** Validates the URL at once and removes the trailing slash. */
const baseOf = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`.replace(/\/+$/, '')
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
