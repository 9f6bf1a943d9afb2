import { decisionSchema } from '../../contract/decision.ts'
import { demoEvent, demoUsageSchema } from '../demo-mode.ts'
import { GATE_HEADERS, gateReply } from '../replies.ts'
import { checkedBody } from '../request-body.ts'
import { defineRoute } from '../route.ts'

/** Prices and tracks one event without a key, to try it out. */
export const demoTrackUsage = defineRoute({
  operationId: 'demo.track-usage',
  method: 'post',
  path: '/api/demo/track-usage',
  access: 'demo',
  tag: 'Demo',
  summary: 'Try the gate without a key',
  description: 'In demo mode only, and only for clients on the same machine.',
  body: checkedBody(demoUsageSchema, {
    organizationId: 'acme',
    eventType: 'structuring_diagnose',
    eventData: { complexity: 2, echo: true, traceback: true },
  }),
  answers: {
    200: {
      description: 'The decision, with its `usage`.',
      schema: decisionSchema,
      headers: GATE_HEADERS,
    },
  },
  problems: ['forbidden', 'not_found', 'unprocessable'],
  run: async (call) => gateReply(call, await call.demo.track(demoEvent(call.body))),
})
