/**
 * Requests read-only tools, whatever the server offers. `tollgate mcp` without `--write` sends it.
 */
export const READ_ONLY_HEADER = 'tollgate-mcp-read-only'

/** A tool as clients see it. */
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

/** The result of a tool call: an answer, or an error with `isError`. Both are JSON. */
export interface CalledTool {
  readonly content: { readonly type: 'text'; readonly text: string }[]
  readonly structuredContent?: Record<string, unknown>
  readonly isError?: true
}

/** Lists and calls tools for a user, in this process or at a server. */
export interface ToolDesk {
  readonly list: () => Promise<ListedTool[]>
  readonly call: (name: string, input: Readonly<Record<string, unknown>>) => Promise<CalledTool>
}
