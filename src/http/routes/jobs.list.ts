import { jobRunPageSchema } from '../../contract/jobs.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** What was done by schedules. */
export const jobsList = defineRoute({
  operationId: 'jobs.list',
  method: 'get',
  path: '/api/admin/jobs',
  access: 'admin',
  tag: 'Operation',
  summary: 'Scheduled jobs',
  description:
    'The runs of the last 90 days, the latest first. Each time of a schedule has one, whichever ' +
    'process did it.',
  query: pageQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: jobRunPageSchema } },
  run: async (call) => json(await call.tollgate.jobs.list(call.query)),
})
