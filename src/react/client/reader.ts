import { requestOf } from '../../client/request.ts'
import { createTransport } from '../../client/transport.ts'
import { operationOfLine } from '../../client/wire-line.ts'
import { READS, type ReadName } from '../generated/wire.ts'
import type { Tokens } from './read-token.ts'

/** Calls read operations, and renews its token as needed. */
export interface Reader {
  /** The result of a read operation, by name. */
  readonly read: (name: ReadName, input: Readonly<Record<string, unknown>>) => Promise<unknown>
  /** Opens the live stream of an organization; returns the response with any status. */
  readonly stream: (
    organizationId: string,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Response>
  /** The result of an operation as a file, such as CSV. */
  readonly file: (
    name: ReadName,
    input: Readonly<Record<string, unknown>>,
    format: string,
  ) => Promise<Response>
}

export interface ReaderOptions {
  /** The base URL of Tollgate; a path is relative to the page's origin. */
  readonly baseUrl: string
  readonly tokens: Tokens
  readonly fetch?: typeof fetch | undefined
}

export const createReader = ({ baseUrl, tokens, fetch: given }: ReaderOptions): Reader => {
  const send = given ?? ((...request: Parameters<typeof fetch>) => fetch(...request))
  const authorized = async (url: string, init: RequestInit): Promise<Response> => {
    const token = await tokens.get()
    const first = await send(url, withToken(init, token))
    if (first.status !== 401) return first
    // A call answered with 401 had no effect, so sending it again is safe.
    const fresh = await tokens.inPlaceOf(token)
    if (fresh === token) return first
    await first.body?.cancel()
    return send(url, withToken(init, fresh))
  }
  // Resolved at the first call: a path has no origin during server rendering.
  let base: string | undefined
  let transport: ReturnType<typeof createTransport> | undefined
  const baseOf = (): string => {
    base ??= new URL(baseUrl, globalThis.location?.href).href.replace(/\/+$/, '')
    return base
  }
  const requested = (name: ReadName, input: object) => {
    const operation = operationOfLine(READS[name])
    return { operation, request: requestOf(operation, input, {}, undefined) }
  }
  return {
    read: async (name, input) => {
      transport ??= createTransport({
        url: baseOf(),
        key: 'token',
        retries: 1,
        // Replaces the placeholder key with the current token.
        fetch: authorized as typeof fetch,
      })
      const { operation, request } = requested(name, input)
      return request && transport(operation, request, {})
    },
    stream: async (organizationId, after, signal) => {
      const { request } = requested('usage.live', { organizationId, after })
      const headers = { ...request?.headers, accept: 'text/event-stream' }
      return authorized(baseOf() + request?.path, { headers, signal, cache: 'no-store' })
    },
    file: async (name, input, format) => {
      const { request } = requested(name, input)
      const joint = request?.path.includes('?') ? '&' : '?'
      return authorized(`${baseOf()}${request?.path}${joint}format=${format}`, {})
    },
  }
}

const withToken = (init: RequestInit, token: string): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
  credentials: 'omit',
})
