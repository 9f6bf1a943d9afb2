import { decisionSchema } from '../../contract/decision.ts'
import { usageEventSchema } from '../../contract/usage.ts'
import { GATE_HEADERS, gateReply } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Decides and, when allowed, records, in one step. */
export const usageTrack = defineRoute({
  operationId: 'usage.track',
  method: 'post',
  path: '/api/usage/track',
  access: 'gate.use',
  organization: 'event',
  tag: 'Gate',
  summary: 'Decide and record in one step',
  description:
    'What is allowed is recorded in the same commit; what is refused uses up nothing. The same ' +
    '`id` again gives the first answer, with `Idempotency-Replayed: true`.',
  body: uncheckedBody(usageEventSchema, {
    id: 'diagnosis-2026-01-31-0001',
    eventType: 'structuring_diagnose',
    userId: 'user-7',
    properties: { complexity: 2, echo: true, traceback: true },
  }),
  idempotencyKey: true,
  answers: {
    200: {
      description: 'The decision, also when it refuses.',
      schema: decisionSchema,
      headers: GATE_HEADERS,
    },
  },
  problems: ['unprocessable', 'idempotency_conflict', 'in_flight'],
  run: async (call) => {
    const { value, replayed } = await call.tollgate.track(call.body, call.acting)
    return gateReply(call, value, replayed)
  },
})
