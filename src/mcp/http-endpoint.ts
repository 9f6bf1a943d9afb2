import { createMcpHandler } from '@modelcontextprotocol/server'
import { engineDesk, type ToolParts, type ToolUser } from './engine-desk.ts'
import { toolBook } from './listed-tools.ts'
import { protocolServer } from './protocol.ts'
import { RememberedCalls } from './remembered-calls.ts'

/** Answers messages of the protocol from admitted requests. */
export interface McpEndpoint {
  readonly answer: (request: Request, message: object, user: ToolUser) => Promise<Response>
}

/**
 * Serves the 2026 and 2025 versions of the protocol without sessions. Nothing is stored between
 * calls.
 */
export const createMcpEndpoint = (parts: Omit<ToolParts, 'book' | 'remembered'>): McpEndpoint => {
  const shared: ToolParts = { ...parts, book: toolBook(), remembered: new RememberedCalls() }
  const handler = createMcpHandler(
    ({ authInfo }) => protocolServer(engineDesk(shared, authInfo?.extra?.user as ToolUser)),
    // The list of tools never changes, so there is nothing to subscribe to.
    { maxSubscriptions: 0 },
  )
  return {
    answer: (request, parsedBody, user) =>
      handler.fetch(request, {
        parsedBody,
        // The caller was identified before. The library only passes it on.
        authInfo: { token: '', clientId: '', scopes: [], extra: { user } },
      }),
  }
}
