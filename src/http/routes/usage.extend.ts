import { reservationDecisionSchema } from '../../contract/decision.ts'
import { extensionSchema } from '../../contract/usage.ts'
import { organizationQuerySchema } from '../parameters.ts'
import { GATE_HEADERS, gateReply } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { reservationParameters } from '../reservation-parameters.ts'
import { defineRoute } from '../route.ts'

/** Holds more of it, or for longer. */
export const usageExtend = defineRoute({
  operationId: 'usage.extend',
  method: 'post',
  path: '/api/usage/reservations/{id}/extend',
  access: 'gate.use',
  organization: 'query',
  tag: 'Reservations',
  summary: 'Hold more, or for longer',
  description: 'What is given is held in addition. A refusal leaves the hold as it was.',
  params: reservationParameters,
  query: organizationQuerySchema,
  body: uncheckedBody(extensionSchema, { quantities: { tokens: 500 }, expiresInMs: 120_000 }),
  answers: {
    200: {
      description: 'The decision about the addition, also when it refuses.',
      schema: reservationDecisionSchema,
      headers: GATE_HEADERS,
    },
  },
  problems: ['not_found', 'reservation_ended', 'unprocessable'],
  run: async (call) =>
    gateReply(
      call,
      await call.tollgate.extend(call.organizationId, call.params.id, call.body, call.acting),
    ),
})
