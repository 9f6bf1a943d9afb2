import { organizationFilterSchema, organizationPageSchema } from '../../contract/tenancy.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** A page of all organizations. */
export const organizationsList = defineRoute({
  operationId: 'organizations.list',
  method: 'get',
  path: '/api/organizations',
  access: 'admin',
  tag: 'Organizations',
  summary: 'List organizations',
  description: 'In the order of their ids.',
  query: pageQuerySchema.extend({
    plan: organizationFilterSchema.shape.plan,
    status: organizationFilterSchema.shape.status,
  }),
  answers: { 200: { description: 'A page of them.', schema: organizationPageSchema } },
  run: async (call) => json(await call.tollgate.organizations.list(call.query)),
})
