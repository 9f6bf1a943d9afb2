import { ERRORS, TollgateError } from '../contract/errors.ts'
import { type CalledTool, type ListedTool, READ_ONLY_HEADER, type ToolDesk } from './desk.ts'
import { toolProblem } from './tool-problem.ts'

interface ServerDeskOptions {
  /** The URL of the server, including its base path. */
  readonly url: string
  readonly key: string
  /** True: asks for tools that write. The server may still not offer them. */
  readonly writes: boolean
  readonly fetch: typeof fetch
}

const PROTOCOL = '2026-07-28'
const META = 'io.modelcontextprotocol'
const TIMEOUT_MS = 60_000

/**
 * Lists and calls tools at a running server, which decides the key's rights and audits each call.
 */
export const serverDesk = (options: ServerDeskOptions): ToolDesk => ({
  list: async () => ((await asked(options, 'tools/list', {})) as { tools: ListedTool[] }).tools,
  call: async (name, input) => {
    try {
      const given = await asked(options, 'tools/call', { name, arguments: input })
      const { content, structuredContent, isError } = given as CalledTool
      return {
        content,
        ...(structuredContent && { structuredContent }),
        ...(isError && { isError }),
      }
    } catch (error) {
      return toolProblem(error as TollgateError)
    }
  },
})

/**
 * Sends one message.
 *
 * @throws TollgateError with the server's error, or `unavailable` if it gives no answer.
 */
const asked = async (
  { url, key, writes, fetch: send }: ServerDeskOptions,
  method: string,
  params: { readonly name?: string; readonly arguments?: object },
): Promise<unknown> => {
  const response = await send(`${url.replace(/\/+$/, '')}/mcp`, {
    method: 'POST',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    // The key is only for the named server, so redirects are refused.
    redirect: 'error',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': PROTOCOL,
      'mcp-method': method,
      ...(params.name !== undefined && { 'mcp-name': params.name }),
      ...(!writes && { [READ_ONLY_HEADER]: 'true' }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: meta } }),
  }).catch((cause: unknown) => {
    throw new TollgateError('unavailable', { detail: 'the server cannot be reached', cause })
  })
  const answer = (await response.json().catch(() => ({}))) as SomeAnswer
  if (answer.result !== undefined) return answer.result
  throw errorOf(answer)
}

const meta = {
  [`${META}/protocolVersion`]: PROTOCOL,
  [`${META}/clientInfo`]: { name: 'tollgate mcp', version: '1' },
  [`${META}/clientCapabilities`]: {},
}

/** An answer of the protocol, or a problem document. */
interface SomeAnswer {
  readonly result?: unknown
  readonly code?: string
  readonly detail?: string
}

const errorOf = ({ code, detail }: SomeAnswer): TollgateError => {
  if (code === undefined || !Object.hasOwn(ERRORS, code)) {
    return new TollgateError('unavailable', { detail: "the server's answer contains no tools" })
  }
  return new TollgateError(code as keyof typeof ERRORS, detail === undefined ? {} : { detail })
}
