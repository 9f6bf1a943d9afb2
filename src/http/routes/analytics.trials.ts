import { trialSignalsSchema } from '../../contract/operator-reports.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** Which trials look like those who pay. */
export const analyticsTrials = defineRoute({
  operationId: 'analytics.trials',
  method: 'get',
  path: '/api/admin/analytics/trials',
  access: 'admin',
  tag: 'Analytics',
  summary: 'Which organizations on free plans look like those that pay',
  answers: { 200: { description: 'Each with its figures.', schema: trialSignalsSchema } },
  run: async ({ tollgate }) => json(await tollgate.operator.trialSignals()),
})
