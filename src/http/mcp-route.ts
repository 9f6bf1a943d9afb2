import { z } from 'zod'
import { completed } from '../operations/operation.ts'
import type { DoorRoute } from './door-route.ts'

const messageSchema = z.looseObject({
  jsonrpc: z.literal('2.0'),
  method: z.string(),
  id: z.union([z.string(), z.number()]).optional(),
})

/** The endpoint for assistants. Their key has the same rights there as elsewhere. */
export const mcpRoute: DoorRoute = {
  operation: completed({
    name: 'mcp.message',
    method: 'post',
    path: '/mcp',
    right: 'caller',
    tag: 'Assistants',
    summary: 'Call tools for assistants',
    description:
      'The Model Context Protocol, revisions 2026-07-28 and those of 2025, without sessions. ' +
      'Each tool calls operations of this reference with the rights of the key, and each call ' +
      'is in the audit log. Tools are read-only, unless the server offers more. Requests with ' +
      'an unknown host name, or from a page of another origin, are refused.',
    body: z.strictObject({ body: z.string() }),
    documented: messageSchema,
    example: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    answer: 'The answer of the protocol; 202 for a notification.',
    repeat: 'never',
    problems: [
      ...(['forbidden', 'not_found', 'invalid_request'] as const),
      ...(['body_too_large', 'unsupported_media_type'] as const),
    ],
    http: { form: 'raw' },
  }),
  answer: ({ request, call, caller, mcp }) => {
    const { body } = call.input as { readonly body: string }
    return mcp.answer(request, body, caller, call.options.address)
  },
}
