import { z } from 'zod'
import { explanationSchema } from '../../contract/decision.ts'
import { idParameterSchema, organizationQuerySchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Why it was decided so. */
export const usageExplain = defineRoute({
  operationId: 'usage.explain',
  method: 'get',
  path: '/api/usage/decisions/{decisionId}',
  access: 'usage.read',
  organization: 'query',
  tag: 'Gate',
  summary: 'Explain a decision',
  description:
    'Every refusal, and every call that was let through, by track, reserve or extend: what was ' +
    'asked, what each limit stood at, and the catalog version that priced it.',
  params: z.object({ decisionId: idParameterSchema.describe('the `decisionId` of the answer') }),
  query: organizationQuerySchema,
  answers: { 200: { description: 'The decision and its story.', schema: explanationSchema } },
  problems: ['not_found'],
  run: async (call) =>
    json(await call.tollgate.explain(call.organizationId, call.params.decisionId)),
})
