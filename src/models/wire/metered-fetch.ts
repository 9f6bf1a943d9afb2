import { TollgateRefusal } from '../../decision/refusal.ts'
import { refusalProblem } from '../../decision/response.ts'
import { systemTimers, type Timers } from '../../facade/timers.ts'
import { currentCall } from '../../guard/current-call.ts'
import { type Json, objectOf, parsedJson, textOf } from '../json.ts'
import type { ModelGate, ModelMeterOptions } from '../meter-options.ts'
import { IDLE_MS, meteredStream } from '../metered-stream.ts'
import { type ModelCall, type ModelRequest, openModelCall } from '../model-call.ts'
import { requestTokens } from '../request-tokens.ts'
import { scanBy } from '../token-scan.ts'
import type { WireProtocol, WireReader } from './protocol.ts'
import { sseForm } from './sse.ts'

export type Fetch = typeof fetch

export interface MeteredFetchParts {
  readonly gate: ModelGate
  readonly options: ModelMeterOptions
  readonly provider: string
  readonly fetch: Fetch
  /** The protocol of a path; `undefined` if the path does not call a model. */
  readonly protocolOf: (path: string) => WireProtocol | undefined
  /** Stores why an answer was created here. Returns the name by which its error can be found. */
  readonly refused: (error: unknown) => string
  readonly timers?: Timers
}

/**
 * Builds a `fetch` that reserves before a request and settles with its answer. Each retry of an SDK
 * is a separate hold. A refusal becomes an answer, because SDKs retry thrown errors.
 */
export const meteredFetch = (parts: MeteredFetchParts): Fetch => {
  return async (input, init) => {
    // Not by `instanceof`, because some servers replace the runtime's `Request`.
    const request = typeof input === 'object' && 'method' in input ? input : undefined
    const url = new URL(request?.url ?? String(input))
    const method = init?.method ?? request?.method ?? 'GET'
    const protocol = method.toUpperCase() === 'POST' ? parts.protocolOf(url.pathname) : undefined
    const asked = protocol && askedOf(init?.body)
    if (!protocol || !asked) return parts.fetch(input, init)
    let call: ModelCall
    try {
      call = await openModelCall(parts.gate, parts.options, requestOf(parts, protocol, asked))
    } catch (error) {
      return refusalAnswer(error, parts)
    }
    return answered(parts, protocol, call, asked, url, input, init ?? {})
  }
}

/** The body of a request; for a form, its text fields. */
const askedOf = (body: unknown): { readonly json: Json; readonly isForm: boolean } | undefined => {
  if (typeof body === 'string') {
    const json = parsedJson(body)
    return json && { json, isForm: false }
  }
  if (!(body instanceof FormData)) return undefined
  const texts = [...body].filter(([, value]) => typeof value === 'string')
  const json = Object.fromEntries(texts.map(([key, value]) => [key, fieldOf(String(value))]))
  return { json, isForm: true }
}

const fieldOf = (text: string): unknown => (text === 'true' ? true : text)

const requestOf = (
  { options, provider }: MeteredFetchParts,
  protocol: WireProtocol,
  { json }: { readonly json: Json },
): ModelRequest => ({
  provider: options.provider ?? provider,
  model: textOf(json.model) ?? 'unknown',
  inputTokens: requestTokens(protocol.input(json), options.countTokens),
  maxOutputTokens: protocol.maxOutputTokens(json),
  isStreamed: json.stream === true && protocol.stream !== undefined,
  ...(protocol.isWithoutOutput && { isWithoutOutput: true }),
})

const answered = async (
  parts: MeteredFetchParts,
  protocol: WireProtocol,
  call: ModelCall,
  asked: { readonly json: Json; readonly isForm: boolean },
  url: URL,
  input: Parameters<Fetch>[0],
  init: NonNullable<Parameters<Fetch>[1]>,
): Promise<Response> => {
  const { signal: own } = currentCall() ?? {}
  const signals = [init.signal ?? undefined, own].filter((one) => one !== undefined)
  const sent = asked.isForm
    ? undefined
    : protocol.sent(asked.json, call.mostOutputTokens, url.hostname)
  let response: Response
  try {
    response = await parts.fetch(input, {
      ...init,
      ...(sent && { body: JSON.stringify(sent), headers: withoutLength(init.headers) }),
      ...(signals.length > 1 && { signal: AbortSignal.any(signals) }),
    })
  } catch (error) {
    const isAborted = signals.some(({ aborted }) => aborted)
    // It is unknown whether the provider continues, but it did read the input.
    if (isAborted && call.request.isStreamed) {
      call.used({ inputTokens: call.request.inputTokens, outputTokens: 0 }, true)
    }
    await call.end(isAborted ? 'abort' : 'error')
    throw error
  }
  if (!response.ok) {
    await call.end('error')
    return response
  }
  const type = response.headers.get('content-type') ?? ''
  const reader = protocol.stream?.(asked.json)
  if (type.includes('event-stream') && response.body && reader) {
    return streamed(parts, call, reader, response, response.body, init.signal ?? undefined)
  }
  return whole(protocol, call, response, type, signals)
}

const streamed = (
  { options, timers = systemTimers }: MeteredFetchParts,
  call: ModelCall,
  reader: WireReader,
  response: Response,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): Response => {
  const metered = meteredStream({
    source: body.getReader(),
    form: sseForm(),
    reader,
    call,
    scan: scanBy(options.countTokens),
    timers,
    idleMs: options.idleMs ?? IDLE_MS,
    signal,
    requestSignal: currentCall()?.signal,
  })
  return new Response(metered, headOf(response))
}

/**
 * Handles a complete answer. If it is not JSON, it is passed on and the held amount counts as used.
 */
const whole = async (
  protocol: WireProtocol,
  call: ModelCall,
  response: Response,
  type: string,
  signals: readonly AbortSignal[],
): Promise<Response> => {
  if (!type.includes('json')) {
    await call.end('success')
    return response
  }
  let text: string
  try {
    text = await response.text()
  } catch (error) {
    await call.end(signals.some(({ aborted }) => aborted) ? 'abort' : 'error')
    throw error
  }
  const usage = protocol.answer(objectOf(parsedJson(text)) ?? {})
  if (usage) call.used(usage, false)
  await call.end('success')
  return new Response(text, headOf(response))
}

/** The headers that are still true after the body was read and decoded. */
const headOf = (response: Response): ResponseInit => {
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  headers.delete('content-encoding')
  return { status: response.status, statusText: response.statusText, headers }
}

const withoutLength = (given: RequestInit['headers']): Headers => {
  const headers = new Headers(given)
  headers.delete('content-length')
  return headers
}

/** On answers that were created here: the name of the stored error. */
export const REFUSAL_HEADER = 'x-tollgate-refusal'

/** SDKs retry 429 and 5xx, unless a header tells them not to. */
const refusalAnswer = (error: unknown, { refused }: MeteredFetchParts): Response => {
  const isRefusal = error instanceof TollgateRefusal
  const problem = isRefusal
    ? refusalProblem(error.decision)
    : { title: 'The call could not be metered', status: 500 }
  return new Response(JSON.stringify({ error: problem, ...problem }), {
    status: isRefusal ? error.status : 500,
    headers: {
      ...(isRefusal ? error.headers : {}),
      'content-type': 'application/problem+json',
      'x-should-retry': 'false',
      [REFUSAL_HEADER]: refused(error),
    },
  })
}
