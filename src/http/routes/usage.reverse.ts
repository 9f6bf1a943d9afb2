import { z } from 'zod'
import { organizationIdSchema } from '../../contract/text.ts'
import { idParameterSchema } from '../parameters.ts'
import { json, replayHeaders } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

export const reversalSchema = z.strictObject({ reason: z.string() })
export const reversedSchema = z.object({ eventId: z.string(), reverses: z.string() })

/** Undoes an event by a new one that takes its amounts back. */
export const usageReverse = defineRoute({
  operationId: 'usage.reverse',
  method: 'post',
  path: '/api/usage/events/{eventId}/reverse',
  access: 'admin',
  tag: 'Ledger',
  summary: 'Undo an event',
  description:
    'No event is ever edited: a new one takes its amounts back, in the windows of the first. ' +
    'Only the platform may: an organization cannot undo its own charges. Reversing again gives the first result, with `Idempotency-Replayed: true`.',
  params: z.object({ eventId: idParameterSchema.describe('the `id` of the event') }),
  query: z.strictObject({ organizationId: organizationIdSchema }),
  body: uncheckedBody(reversalSchema, { reason: 'charged for a call that failed' }),
  answers: { 200: { description: 'The event that undoes it.', schema: reversedSchema } },
  problems: ['not_found', 'unprocessable'],
  run: async (call) => {
    const { value, replayed } = await call.tollgate.reverse(
      call.query.organizationId,
      call.params.eventId,
      call.body,
      call.acting,
    )
    return json(value, 200, replayHeaders(replayed))
  },
})
