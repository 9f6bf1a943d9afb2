import { createMcpHandler } from '@modelcontextprotocol/server'
import { engineDesk, type ToolParts, type ToolUser } from './engine-desk.ts'
import { toolBook } from './listed-tools.ts'
import { protocolServer } from './protocol.ts'
import { RememberedCalls } from './remembered-calls.ts'

/** Answers messages of the protocol, each a request that has been let in. */
export interface McpEndpoint {
  readonly answer: (request: Request, message: object, user: ToolUser) => Promise<Response>
}

/** Serves the protocol of 2026 and those of 2025, without a session: nothing is kept between calls. */
export const createMcpEndpoint = (parts: Omit<ToolParts, 'book' | 'remembered'>): McpEndpoint => {
  const shared: ToolParts = { ...parts, book: toolBook(), remembered: new RememberedCalls() }
  const handler = createMcpHandler(
    ({ authInfo }) => protocolServer(engineDesk(shared, authInfo?.extra?.user as ToolUser)),
    // The list never changes: there is nothing to subscribe to, and no stream to hold open.
    { maxSubscriptions: 0 },
  )
  return {
    answer: (request, parsedBody, user) =>
      handler.fetch(request, {
        parsedBody,
        // Whose key it is was found out before; the library only hands it through.
        authInfo: { token: '', clientId: '', scopes: [], extra: { user } },
      }),
  }
}
