/** Asks for reading alone, whatever the server offers: `tollgate mcp` without `--write` sends it. */
export const READ_ONLY_HEADER = 'tollgate-mcp-read-only'

/** A tool as a client is told of it. */
export interface ListedTool {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: { readonly type: 'object'; readonly [word: string]: unknown }
  readonly outputSchema: { readonly type: 'object'; readonly [word: string]: unknown }
  readonly annotations: {
    readonly readOnlyHint: boolean
    readonly destructiveHint: boolean
    readonly idempotentHint: boolean
    readonly openWorldHint: false
  }
}

/** What a call of a tool comes to: an answer, or with `isError` why there is none, as JSON both. */
export interface CalledTool {
  readonly content: { readonly type: 'text'; readonly text: string }[]
  readonly structuredContent?: Record<string, unknown>
  readonly isError?: true
}

/** Where tools are listed and called in somebody's name: in this process, or at a server. */
export interface ToolDesk {
  readonly list: () => Promise<ListedTool[]>
  readonly call: (name: string, input: Readonly<Record<string, unknown>>) => Promise<CalledTool>
}
