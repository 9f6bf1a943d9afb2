import { reservationDecisionSchema } from '../../contract/decision.ts'
import { reservationRequestSchema } from '../../contract/usage.ts'
import { GATE_HEADERS, gateReply } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Holds an estimate before work whose true cost is known only after it. */
export const usageReserve = defineRoute({
  operationId: 'usage.reserve',
  method: 'post',
  path: '/api/usage/reservations',
  access: 'gate.use',
  organization: 'event',
  tag: 'Reservations',
  summary: 'Hold an estimate',
  description:
    'Before work whose true cost is known only after it. Settle or release it; a reservation ' +
    'that is left alone expires by itself and gives everything back.',
  body: uncheckedBody(reservationRequestSchema, {
    eventType: 'chat_message',
    estimate: { tokens: 1_500 },
    expiresInMs: 120_000,
  }),
  idempotencyKey: true,
  answers: {
    200: {
      description: 'The decision; with `reservationId` and `expiresAt` when it is allowed.',
      schema: reservationDecisionSchema,
      headers: GATE_HEADERS,
    },
  },
  problems: ['unprocessable', 'idempotency_conflict', 'in_flight'],
  run: async (call) => {
    const { value, replayed } = await call.tollgate.reserve(call.body, call.acting)
    return gateReply(call, value, replayed)
  },
})
