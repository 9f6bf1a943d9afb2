import { decisionSchema } from '../../contract/decision.ts'
import { usageEventSchema } from '../../contract/usage.ts'
import { GATE_HEADERS, gateReply } from '../replies.ts'
import { uncheckedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Would this be allowed now? */
export const usageCheck = defineRoute({
  operationId: 'usage.check',
  method: 'post',
  path: '/api/usage/check',
  access: 'gate.use',
  organization: 'event',
  tag: 'Gate',
  summary: 'Would this be allowed now?',
  description: 'Uses up and records nothing.',
  body: uncheckedBody(usageEventSchema, {
    eventType: 'structuring_diagnose',
    properties: { complexity: 2, echo: true },
  }),
  answers: {
    200: {
      description: 'The decision, also when it refuses.',
      schema: decisionSchema,
      headers: GATE_HEADERS,
    },
  },
  problems: ['unprocessable'],
  run: async (call) => gateReply(call, await call.tollgate.check(call.body, call.acting)),
})
