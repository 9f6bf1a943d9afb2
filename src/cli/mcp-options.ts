import { listOf } from '../http/authentication/from-environment.ts'
import type { McpOptions } from '../http/mcp-door.ts'
import type { CliContext } from './context.ts'
import { CliFailure } from './failure.ts'

const KINDS = ['off', 'read', 'write']

/** Reads how a server serves assistants. Default: read only. */
export const mcpOptions = (env: CliContext['env']): { readonly mcp: McpOptions | false } => {
  const kind = env.TOLLGATE_MCP || 'read'
  if (!KINDS.includes(kind)) throw new CliFailure('TOLLGATE_MCP must be off, read or write.')
  if (kind === 'off') return { mcp: false }
  const hosts = listOf(env.TOLLGATE_MCP_HOSTS) ?? []
  const wrong = hosts.find((host) => !isName(host))
  if (wrong !== undefined) {
    throw new CliFailure(
      `TOLLGATE_MCP_HOSTS: "${wrong}" is not a host such as tollgate.example.com, without a port.`,
    )
  }
  return { mcp: { writes: kind === 'write', hosts } }
}

const isName = (host: string): boolean => {
  const url = `http://${host}`
  return URL.canParse(url) && new URL(url).hostname === host.toLowerCase()
}
