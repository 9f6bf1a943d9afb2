import { grantPageSchema } from '../../contract/grants.ts'
import { organizationParameters } from '../organization-parameters.ts'
import { pageQuerySchema } from '../page-parameters.ts'
import { json } from '../replies.ts'
import { defineRoute } from '../route.ts'

/** A page of an organization's grants. */
export const grantsList = defineRoute({
  operationId: 'grants.list',
  method: 'get',
  path: '/api/organizations/{orgId}/grants',
  access: 'usage.read',
  organization: 'path',
  tag: 'Credits',
  summary: 'List grants',
  description: 'All credits that were ever given, the newest first.',
  params: organizationParameters,
  query: pageQuerySchema,
  answers: { 200: { description: 'A page of them.', schema: grantPageSchema } },
  problems: ['not_found'],
  run: async (call) => json(await call.tollgate.grants.list(call.organizationId, call.query)),
})
