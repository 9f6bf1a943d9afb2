import { type KnownCaller, mayCall } from '../engine/access.ts'
import type { ListedTool } from './desk.ts'
import type { Tool } from './tool.ts'
import { operationOf, schemasOf, type ToolSchemas } from './tool-schemas.ts'
import { TOOLS } from './tools.ts'

/** A tool, with what is derived from its operations once. */
export interface KnownTool {
  readonly tool: Tool
  readonly schemas: ToolSchemas
  readonly listed: ListedTool
}

export type ToolBook = ReadonlyMap<string, KnownTool>

export const toolBook = (): ToolBook =>
  new Map(
    TOOLS.map((tool) => {
      const schemas = schemasOf(tool)
      return [tool.name, { tool, schemas, listed: listedTool(tool, schemas) }]
    }),
  )

const listedTool = (tool: Tool, { input, output }: ToolSchemas): ListedTool => ({
  name: tool.name,
  title: tool.title,
  description: tool.description,
  inputSchema: input,
  outputSchema: output,
  annotations: {
    readOnlyHint: tool.writes !== true,
    destructiveHint: tool.destructive === true,
    // Writing tools take a key, and repeat nothing for the same key.
    idempotentHint: true,
    openWorldHint: false,
  },
})

/** The tools that may be of use to this caller. Rights of a role are checked at the call. */
export const listFor = (
  book: ToolBook,
  caller: KnownCaller | undefined,
  writes: boolean,
): ListedTool[] =>
  [...book.values()]
    .filter(({ tool }) => writes || !(tool.writes || tool.previews))
    .filter(({ tool }) => tool.operations.every((name) => mayCall(caller, operationOf(name).right)))
    .map(({ listed }) => listed)
