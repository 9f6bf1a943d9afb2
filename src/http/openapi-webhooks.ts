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
  operationId: kind,
  summary: EVENT_KINDS[kind].says,
  // The receiver checks the signature in the headers, and no credential of ours.
  security: [],
  parameters: HEADERS,
  requestBody: {
    required: true,
    content: { 'application/json': { schema: jsonSchemaOf(sentSchema(kind), 'output') } },
  },
  responses: {
    '2XX': {
      description:
        'The event was accepted. After any other answer it is sent again, except after 410.',
    },
  },
})

const sentSchema = (kind: DomainEventKind) =>
  z.object({
    type: z.literal(kind),
    timestamp: z.iso.datetime().describe('when it happened'),
    id: z.string().describe('equal to `webhook-id`'),
    organizationId: z.string().nullable().describe('null: an event of the platform'),
    sequence: z.number().int().describe('increases with each event of the organization'),
    subject: z.string().describe('the object of the event, as `thing:id`'),
    data: EVENT_KINDS[kind].data,
  })

const HEADERS = [
  [
    'webhook-id',
    'The same for every try, so a receiver can skip events that it has already accepted.',
  ],
  ['webhook-timestamp', 'When it was sent, in seconds since 1970.'],
  ['webhook-signature', '`v1,` and an HMAC-SHA256 in base64; several are separated by spaces.'],
].map(([name, description]) => ({
  name,
  in: 'header',
  required: true,
  description,
  schema: { type: 'string' },
}))
