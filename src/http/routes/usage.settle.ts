import { reservationStateSchema } from '../../contract/decision.ts'
import { settlementSchema } from '../../contract/usage.ts'
import { organizationQuerySchema } from '../parameters.ts'
import { json, replayHeaders } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { reservationParameters } from '../reservation-parameters.ts'
import { defineRoute } from '../route.ts'

/** Records what was really used and gives the rest back. */
export const usageSettle = defineRoute({
  operationId: 'usage.settle',
  method: 'post',
  path: '/api/usage/reservations/{id}/settle',
  access: 'gate.use',
  organization: 'query',
  tag: 'Reservations',
  summary: 'Record what was really used',
  description:
    'Gives the rest of the hold back. More than was held is recorded in full and reported as ' +
    '`overshoot`. Settling again gives the first result, with `Idempotency-Replayed: true`.',
  params: reservationParameters,
  query: organizationQuerySchema,
  body: uncheckedBody(settlementSchema, { inputTokens: 820, outputTokens: 310 }),
  answers: { 200: { description: 'How it ended.', schema: reservationStateSchema } },
  problems: ['not_found', 'reservation_ended', 'unprocessable'],
  run: async (call) => {
    const { value, replayed } = await call.tollgate.settle(
      call.organizationId,
      call.params.id,
      call.body,
      call.acting,
    )
    return json(value, 200, replayHeaders(replayed))
  },
})
