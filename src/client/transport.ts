import type { CallOptions } from '../contract/call.ts'
import { TollgateError } from '../contract/errors.ts'
import { errorOf, parsed, unreachable } from './answers.ts'
import type { SentRequest } from './request.ts'
import { waitMs } from './retries.ts'
import type { WireOperation } from './wire-operation.ts'

export interface TransportOptions {
  /** Where Tollgate listens, such as `https://tollgate.example.com`. */
  readonly url: string
  /**
   * A service key, an API key of an organization, or the admin key; or what gets one. It is asked
   * again after a 401, with the key that was refused.
   */
  readonly key: string | ((refused?: string) => string | Promise<string>)
  /** In place of the platform's own `fetch`. */
  readonly fetch?: typeof fetch
  /** How long each attempt may take. Default 30,000. */
  readonly timeoutMs?: number
  /** How often a call is sent again that may be. Default 2. */
  readonly retries?: number
  /** Waits between attempts. Default: by a timer. */
  readonly wait?: (delayMs: number, signal: AbortSignal | undefined) => Promise<void>
}

/** How the client got an answer: its request, status and retries. */
export interface ResponseInfo {
  /** For who runs the server: `X-Request-Id`. */
  readonly requestId: string
  readonly status: number
  /** How often the call was sent again. */
  readonly retries: number
  /**
   * Of a `track` that was let through: whether a call like it is let through while Tollgate is
   * away, `open` or `closed`. Absent where the server did not say.
   */
  readonly onFailure?: string
}

/** Where an answer keeps how it came, out of the way of its fields. */
const RESPONSE = Symbol('tollgate.response')

/** How an answer of a client came; `undefined` for anything else. */
export const responseOf = (answer: object): ResponseInfo | undefined =>
  (answer as { readonly [RESPONSE]?: ResponseInfo })[RESPONSE]

type Send = (operation: WireOperation, sent: SentRequest, options: CallOptions) => Promise<unknown>

const DEFAULT_TIMEOUT_MS = 30_000
const DEFAULT_RETRIES = 2

/** Sends requests, again where that is safe, and gives what they were answered with. */
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
      // How long a stream goes on, nobody can say: only its beginning is waited for.
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
        // The gate could not look at a limit that is closed then: it may be able to a little later.
        const isAway = got.response?.status === 503 && retries < most
        const delayMs = isAway
          ? waitMs(errorOf(got.response, {}), got.response, retries)
          : undefined
        if (delayMs === undefined) return outcome
        await wait(delayMs, given.signal)
        retries += 1
        continue
      }
      // Nothing was done for a key that nobody has, so this is no second time.
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
  // A store that is away gives a 503 with a decision; callers get that decision as a refusal.
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

/** The key that is used now, and how to get another one; many calls that are refused ask once. */
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

/** The address as it was given, checked at once, and without the slash at its end. */
const baseOf = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`.replace(/\/+$/, '')
}

const sleep = (delayMs: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, delayMs)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
