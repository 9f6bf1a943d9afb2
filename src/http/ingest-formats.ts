import { z } from 'zod'
import { sent } from '../contract/schema-names.ts'
import { MAX_EVENTS, usageEventBatchSchema, usageEventSchema } from '../contract/usage.ts'
import { cloudEventSchema } from './cloud-events.ts'
import { CLOUD_EVENT, CLOUD_EVENT_BATCH } from './ingest.ts'

/** One format of a body, for the document. */
export interface BodyFormat {
  readonly schema: z.ZodType
  readonly example: unknown
}

const ingestBodySchema = sent(
  'UsageEventOrBatch',
  z.union([usageEventSchema, usageEventBatchSchema]),
)
const cloudEventBatchSchema = sent(
  'CloudEventBatch',
  z.array(cloudEventSchema).min(1).max(MAX_EVENTS),
)

const cloudEvent = {
  specversion: '1.0' as const,
  id: '0001',
  source: '/chat',
  type: 'chat_message',
  time: '2026-01-31T09:30:00Z',
  data: { userId: 'user-7', inputTokens: 820, outputTokens: 310 },
}

/** The formats for usage events. */
export const ingestFormats: Readonly<Record<string, BodyFormat>> = {
  'application/json': {
    schema: ingestBodySchema,
    example: {
      events: [
        { id: 'message-0001', eventType: 'chat_message', quantities: { tokens: 1_130 } },
        { id: 'call-0002', eventType: 'api_call', endpoint: '/v1/search', status: 200 },
      ],
    },
  },
  [CLOUD_EVENT]: { schema: cloudEventSchema, example: cloudEvent },
  [CLOUD_EVENT_BATCH]: { schema: cloudEventBatchSchema, example: [cloudEvent] },
}
