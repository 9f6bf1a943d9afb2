import { requestOf } from '../../client/request.ts'
import { createTransport } from '../../client/transport.ts'
import { type WireOperation, wireOperation } from '../../client/wire-operation.ts'
import { READS, type ReadName } from '../generated/wire.ts'
import type { Tokens } from './read-token.ts'

/** Reads with a token that is renewed as it goes. */
export interface Reader {
  /** The answer of an operation that only reads, by its name. */
  readonly read: (name: ReadName, input: Readonly<Record<string, unknown>>) => Promise<unknown>
  /** The live figures of an organization as they are sent: any status, and a body to read. */
  readonly stream: (
    organizationId: string,
    after: string | undefined,
    signal: AbortSignal,
  ) => Promise<Response>
  /** A file of an operation, such as CSV. */
  readonly file: (
    name: ReadName,
    input: Readonly<Record<string, unknown>>,
    format: string,
  ) => Promise<Response>
}

export interface ReaderOptions {
  /** Where Tollgate listens; a path is on the page's own origin. */
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
    // Nothing was done for it, so this is no second time.
    const fresh = await tokens.inPlaceOf(token)
    if (fresh === token) return first
    await first.body?.cancel()
    return send(url, withToken(init, fresh))
  }
  // On a server nothing is read, and there a path has no origin: so not before the first call.
  let base: string | undefined
  let transport: ReturnType<typeof createTransport> | undefined
  const baseOf = (): string => {
    base ??= new URL(baseUrl, globalThis.location?.href).href.replace(/\/+$/, '')
    return base
  }
  const requested = (name: ReadName, input: object) => {
    const operation = wireOperation(READS[name])
    return { operation, request: requestOf(operation, input, {}, undefined) }
  }
  return {
    read: async (name, input) => {
      transport ??= createTransport({
        url: baseOf(),
        key: 'token',
        retries: 1,
        // Puts the token of the moment in the place of that key.
        fetch: authorized as typeof fetch,
      })
      const { operation, request } = requested(name, input)
      return request && transport(withoutPages(operation), request, {})
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

/** Pages are asked for one by one here. */
const withoutPages = (operation: WireOperation): WireOperation => ({
  ...operation,
  page: undefined,
})

const withToken = (init: RequestInit, token: string): RequestInit => ({
  ...init,
  headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
  credentials: 'omit',
})
