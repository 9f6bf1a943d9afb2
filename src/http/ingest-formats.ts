import { z } from 'zod'
import { usageEventSchema } from '../contract/usage.ts'
import { cloudEventSchema } from './cloud-events.ts'
import { CLOUD_EVENT, CLOUD_EVENT_BATCH, MAX_EVENTS } from './ingest.ts'
import type { BodyFormat } from './request-body.ts'

export const usageEventBatchSchema = z.strictObject({
  events: z.array(usageEventSchema).min(1).max(MAX_EVENTS),
  backfill: z.boolean().optional().describe('for all of them; for the administrator only'),
})
export const ingestBodySchema = z.union([usageEventSchema, usageEventBatchSchema])
export const cloudEventBatchSchema = z.array(cloudEventSchema).min(1).max(MAX_EVENTS)

const cloudEvent = {
  specversion: '1.0' as const,
  id: '0001',
  source: '/chat',
  type: 'chat_message',
  time: '2026-01-31T09:30:00Z',
  data: { userId: 'user-7', inputTokens: 820, outputTokens: 310 },
}

/** The formats in which usage events may be sent. */
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
