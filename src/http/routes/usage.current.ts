import { currentUsageSchema } from '../../contract/tenancy.ts'
import { organizationQuerySchema } from '../parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** The limits and levels of the windows that contain now. */
export const usageCurrent = defineRoute({
  operationId: 'usage.current',
  method: 'get',
  path: '/api/usage/current',
  access: 'usage.read',
  organization: 'query',
  tag: 'Usage',
  summary: 'How an organization stands now',
  query: organizationQuerySchema,
  answers: {
    200: {
      description: 'Its limits, and how much of each is used in the window that contains now.',
      schema: currentUsageSchema,
    },
  },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.current(call.organizationId)),
})
