import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { Client as OlderClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OlderTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { expect } from 'vitest'
import type { Handler } from '../../src/server.ts'

/** A tool's answer, as a client sees it. */
export interface Answered {
  readonly isError: boolean
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape are looked into here
  readonly answer: any
  readonly text: string
}

/** A protocol client of any revision. */
export interface Assistant {
  readonly list: () => Promise<readonly ListedTool[]>
  readonly call: (name: string, input?: object) => Promise<Answered>
  readonly close: () => Promise<void>
}

export interface ListedTool {
  readonly name: string
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly annotations?: Readonly<Record<string, unknown>> | undefined
  // biome-ignore lint/suspicious/noExplicitAny: a schema is looked into here
  readonly inputSchema: any
  // biome-ignore lint/suspicious/noExplicitAny: a schema is looked into here
  readonly outputSchema?: any
}

/** Checks a client's answer: its structured and its text content are equal. */
const answeredBy = (result: unknown): Answered => {
  const { content, structuredContent, isError } = result as {
    readonly content: readonly { readonly type: string; readonly text: string }[]
    readonly structuredContent?: unknown
    readonly isError?: boolean
  }
  expect(content).toHaveLength(1)
  const text = content[0]?.text ?? ''
  const answer = JSON.parse(text)
  if (!isError) expect(structuredContent).toEqual(answer)
  return { isError: isError === true, answer, text }
}

export const MCP_URL = 'http://localhost:4000/mcp'

interface Asking {
  readonly handler: Handler
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
}

const overHttp = ({ handler, key, headers }: Asking) => ({
  requestInit: { headers: { authorization: `Bearer ${key}`, ...headers } },
  fetch: (url: string | URL, init?: RequestInit) => handler(new Request(url, init)),
})

/** The current official client, with the 2026 revision, or by default the 2025 one. */
export const assistant = async (
  asking: Asking,
  revision: '2026' | '2025' = '2026',
): Promise<Assistant> => {
  const info = { name: 'test', version: '1' }
  const client =
    revision === '2026'
      ? new Client(info, { versionNegotiation: { mode: 'auto' } })
      : new Client(info)
  await client.connect(new StreamableHTTPClientTransport(new URL(MCP_URL), overHttp(asking)))
  return assistantOf(client)
}

export const assistantOf = (client: Client): Assistant => ({
  list: async () => (await client.listTools()).tools,
  call: async (name, input = {}) =>
    answeredBy(await client.callTool({ name, arguments: { ...input } })),
  close: () => client.close(),
})

/** The previous official client, which many products still use. */
export const olderAssistant = async (asking: Asking): Promise<Assistant> => {
  const client = new OlderClient({ name: 'test', version: '1' })
  await client.connect(new OlderTransport(new URL(MCP_URL), overHttp(asking)) as never)
  return {
    list: async () => (await client.listTools()).tools,
    call: async (name, input = {}) =>
      answeredBy(await client.callTool({ name, arguments: { ...input } })),
    close: () => client.close(),
  }
}
