import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio'
import type { ToolDesk } from './desk.ts'
import { protocolServer } from './protocol.ts'

interface StdioOptions {
  /** Stops serving. */
  readonly signal: AbortSignal
  /** Called for errors of the connection itself. */
  readonly onError: (error: Error) => void
}

/**
 * Serves the client at this process's standard input, until it disconnects or the signal aborts.
 */
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
