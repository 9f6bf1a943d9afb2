import { ERRORS, type ErrorCode, TollgateError } from '../contract/errors.ts'
import type { Answer } from '../contract/tollgate.ts'
import type { Fault } from '../core/fault.ts'
import { linesOf } from './lines.ts'

export interface TransportOptions {
  readonly url: string
  readonly key: string
  readonly fetch?: typeof fetch
  readonly timeoutMs?: number
}

/** One request; `body` is sent as JSON. */
export interface Sent {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
}

/**
 * Sends a request and gives what it was answered with, typed as the operation says: Tollgate has
 * checked it. What is no success is a `TollgateError`.
 */
export interface Transport {
  readonly ask: <Value>(sent: Sent) => Promise<Value>
  /** With whether it is the first answer given again. */
  readonly askOnce: <Value>(sent: Sent) => Promise<Answer<Value>>
  /** An answer of any length, line by line as it comes. To leave it ends the request. */
  readonly lines: (
    sent: Sent,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<AsyncGenerator<string>>
}

const DEFAULT_TIMEOUT_MS = 30_000

export const createTransport = (options: TransportOptions): Transport => {
  if (!/^[\x21-\x7e]+$/.test(options.key)) throw new TypeError('key: is not a key of Tollgate')
  const base = baseOf(options.url)
  const send = options.fetch ?? globalThis.fetch
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const askOnce = async <Value>({ method, path, query = {}, body }: Sent) => {
    const { response, text } = await exchange(send, `${base}${path}${queryText(query)}`, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${options.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const value = parsed(text)
    if (response.ok && value !== undefined) {
      const replayed = response.headers.get('idempotency-replayed') === 'true'
      return { value: value as Value, replayed }
    }
    const problem = isObject(value) ? value : {}
    // What the gate could not decide on is a problem over HTTP, and a refusal like any other here.
    if (problem.decision !== undefined) return { value: problem.decision as Value, replayed: false }
    throw errorOf(response.status, problem)
  }
  const lines: Transport['lines'] = async ({ method, path, query = {} }, headers = {}) => {
    const ending = new AbortController()
    // Only for the answer to begin: how long it goes on, nobody can say.
    const deadline = setTimeout(() => ending.abort(), timeoutMs)
    try {
      const response = await send(`${base}${path}${queryText(query)}`, {
        method,
        headers: { authorization: `Bearer ${options.key}`, ...headers },
        signal: ending.signal,
      })
      if (response.ok && response.body) return linesOf(response.body)
      const problem = parsed(await response.text())
      throw errorOf(response.status, isObject(problem) ? problem : {})
    } catch (cause) {
      throw cause instanceof TollgateError ? cause : unreachable(cause)
    } finally {
      clearTimeout(deadline)
    }
  }
  return {
    askOnce,
    lines,
    ask: async <Value>(sent: Sent) => (await askOnce<Value>(sent)).value,
  }
}

/** A request and the whole of its answer. */
const exchange = async (send: typeof fetch, url: string, init: RequestInit) => {
  try {
    const response = await send(url, init)
    return { response, text: await response.text() }
  } catch (cause) {
    throw unreachable(cause)
  }
}

const unreachable = (cause: unknown): TollgateError =>
  new TollgateError('unavailable', 'Tollgate cannot be reached', [], cause)

/** The address as it was given, checked at once, and without the slash at its end. */
const baseOf = (url: string): string => {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`.replace(/\/+$/, '')
}

const queryText = (query: NonNullable<Sent['query']>): string => {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  )
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ''
}

/** Undefined when it is no JSON: the answer is not Tollgate's, but of something before it. */
const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const errorOf = (status: number, problem: Record<string, unknown>): TollgateError => {
  if (!isErrorCode(problem.code)) {
    const code = status >= 502 && status <= 504 ? 'unavailable' : 'internal'
    return new TollgateError(code, `answered ${status}, but not as Tollgate does`)
  }
  const detail = typeof problem.detail === 'string' ? problem.detail : undefined
  return new TollgateError(problem.code, detail, faultsOf(problem.errors))
}

const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(ERRORS, code)

const faultsOf = (errors: unknown): readonly Fault[] =>
  Array.isArray(errors)
    ? errors.map(({ field, message }: Fault) => ({
        field: String(field),
        message: String(message),
      }))
    : []
