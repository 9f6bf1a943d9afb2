import { z } from 'zod'
import {
  ALL_EVENT_KINDS,
  type DomainEventKind,
  EVENT_KINDS,
} from '../contract/domain-event-kinds.ts'
import { type JsonSchema, jsonSchemaOf } from './json-schemas.ts'

/** The `webhooks` part of the OpenAPI document: the payload of each event kind. */
export const openApiWebhooks = (): Readonly<Record<string, JsonSchema>> =>
  Object.fromEntries(ALL_EVENT_KINDS.map((kind) => [kind, { post: webhookOf(kind) }]))

const webhookOf = (kind: DomainEventKind): JsonSchema => ({
  summary: EVENT_KINDS[kind].says,
  parameters: HEADERS,
  requestBody: {
    required: true,
    content: { 'application/json': { schema: jsonSchemaOf(sentSchema(kind), 'output') } },
  },
  responses: {
    '2XX': { description: 'It was taken. Everything else is sent again, and 410 never.' },
  },
})

const sentSchema = (kind: DomainEventKind) =>
  z.object({
    type: z.literal(kind),
    timestamp: z.iso.datetime().describe('when it happened'),
    id: z.string().describe('the same as `webhook-id`'),
    organizationId: z.string().nullable().describe('null: of the platform'),
    sequence: z.number().int().describe('rises with each event of the organization'),
    subject: z.string().describe('what it happened to, as `thing:id`'),
    data: EVENT_KINDS[kind].data,
  })

const HEADERS = [
  ['webhook-id', 'The same however often it is sent: what has it was taken before.'],
  ['webhook-timestamp', 'When it was sent, in seconds since 1970.'],
  ['webhook-signature', '`v1,` and an HMAC-SHA256 in base64; several with spaces between.'],
].map(([name, description]) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
}))
