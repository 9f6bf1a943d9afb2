import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { ToolDesk } from './desk.ts'
import { protocolServer } from './protocol.ts'

interface StdioOptions {
  /** Ends the serving. */
  readonly signal: AbortSignal
  /** Told of what is wrong with the connection itself. */
  readonly onError: (error: Error) => void
}

/** Serves the one client at this process's standard input, until it leaves or the signal is given. */
export const overStdio = async (
  desk: ToolDesk,
  { signal, onError }: StdioOptions,
): Promise<void> => {
  const left = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve)
    process.stdin.once('close', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
  const transport = new StdioServerTransport()
  const serving = serveStdio(() => protocolServer(desk), {
    transport,
    maxSubscriptions: 0,
    onerror: onError,
  })
  await left
  await serving.close()
}
